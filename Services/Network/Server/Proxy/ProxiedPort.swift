// A published port that the kernel can't lead to its container, and the engine does.
import Contracts

/// Where a proxied port is, and where it leads.
struct ProxiedPort: Sendable, Equatable {
    /// What it is known by: no two have the same.
    struct Key: Sendable, Hashable {
        let transport: PortBinding.Transport
        let address: IPAddress
        let port: UInt16
    }

    let key: Key
    var target: IPAddress
    var targetPort: UInt16
    /// Everything else of it is the packet filter's.
    var isLoopbackOnly: Bool
}

extension Publication {
    /// nil for a port that the packet filter's table leads to the container, whoever calls.
    ///
    /// That table translates neither packets to `::1`, since what comes from there can leave by no other interface, nor IPv6 to IPv4.
    var proxied: ProxiedPort? {
        guard hostAddress.family == .v6, transport != .sctp else { return nil }
        let isTranslated = containerAddress.family == .v6
        guard !isTranslated || hostAddress.isUnspecified || hostAddress.isLoopback else { return nil }
        return ProxiedPort(
            key: ProxiedPort.Key(transport: transport, address: hostAddress, port: hostPort), target: containerAddress,
            targetPort: containerPort, isLoopbackOnly: isTranslated)
    }
}
