// Which addresses containers had last, so that one that comes back has its own again, as long as nobody else needs it.

/// A memory of addresses given back. Pure. It lasts as long as the service, and its containers.
struct FormerAddresses: Sendable, Equatable {
    private struct Key: Sendable, Hashable {
        var network: String
        var family: IPFamily
    }

    private var addresses: [String: [Key: IPAddress]] = [:]

    mutating func remember(_ endpoint: EndpointRow) {
        for address in endpoint.addresses {
            addresses[endpoint.containerID, default: [:]][Key(network: endpoint.networkID, family: address.family)] = address
        }
    }

    mutating func forget(container: String) {
        addresses[container] = nil
    }

    func address(of container: String, on network: String, _ family: IPFamily) -> IPAddress? {
        addresses[container]?[Key(network: network, family: family)]
    }
}
