// A container's network as the service remembers it.
import Contracts

/// A sandbox: what its container was given, and must be taken back.
struct Sandbox: Sendable, Equatable {
    var row: SandboxRow
    var endpoints: [EndpointRow]
    var publications: [Publication]

    var openPorts: [OpenPort] { endpoints.flatMap(\.settings.openPorts) }
    var hasIPv6: Bool { endpoints.contains { $0.ipv6 != nil } }
}

extension Sandbox {
    /// As callers see it. `networks` are those the endpoints are of, `predefined` are those that give nothing.
    func record(layout: EngineLayout, networks: [String: ActiveNetwork], predefined: [NetworkRow]) -> SandboxRecord {
        let files = SandboxFiles(layout: layout, containerID: row.filesOwner)
        return SandboxRecord(
            containerID: row.containerID, namespacePath: row.namespace.map { "\(layout.networkNamespaces)/\($0)" } ?? "",
            endpoints: endpoints.compactMap { endpoint in networks[endpoint.networkID].map(endpoint.record) } + nominal(among: predefined),
            ports: publications.map(\.record), hostsPath: files.hosts, hostnamePath: files.hostname, resolvConfPath: files.resolvConf)
    }

    private func nominal(among networks: [NetworkRow]) -> [EndpointRecord] {
        guard let membership = row.nominal, let network = networks.first(where: { $0.id == membership.networkID }) else { return [] }
        return [
            EndpointRecord(
                networkName: network.name, networkID: network.id, endpointID: membership.id, interface: "", macAddress: "", ipv4Address: "",
                ipv4PrefixLength: 0, ipv4Gateway: "", driver: network.driver)
        ]
    }

    /// The address by which a container leaves in a family, and what it is sent to; nil when it can't leave.
    ///
    /// Of the networks with a way out it is that of the highest priority, among equals the first by name.
    func exit(_ family: IPFamily, networks: [String: ActiveNetwork]) -> Exit? {
        let exits = endpoints.compactMap { endpoint -> (endpoint: EndpointRow, name: String, exit: Exit)? in
            guard let network = networks[endpoint.networkID], let address = endpoint.address(family),
                let gateway = network.gateway(for: address)
            else { return nil }
            let exit = Exit(
                endpointID: endpoint.id, interface: endpoint.interface, address: address,
                gateway: network.parent?.routesByDevice == true ? nil : gateway)
            return (endpoint, network.name, exit)
        }
        return exits.min { left, right in
            (-left.endpoint.settings.gatewayPriority, left.name) < (-right.endpoint.settings.gatewayPriority, right.name)
        }?.exit
    }

    /// A container's way to the outside.
    struct Exit: Sendable, Equatable {
        var endpointID: String
        var interface: String
        /// The container's own.
        var address: IPAddress
        /// nil where everything goes to the interface.
        var gateway: IPAddress?
    }
}

extension EndpointRow {
    /// IPv4 first.
    var addresses: [IPAddress] { [ipv4, ipv6].compactMap { $0.flatMap { IPAddress($0) } } }

    func address(_ family: IPFamily) -> IPAddress? { addresses.first { $0.family == family } }

    func record(on network: ActiveNetwork) -> EndpointRecord {
        func length(_ family: IPFamily) -> Int32 {
            address(family).flatMap { network.subnet(of: $0) }.map { Int32($0.pool.pool.length) } ?? 0
        }
        func gateway(_ family: IPFamily) -> String {
            address(family).flatMap { network.gateway(for: $0) }.map { "\($0)" } ?? ""
        }
        return EndpointRecord(
            networkName: network.name, networkID: network.id, endpointID: id, interface: interface, macAddress: mac,
            ipv4Address: ipv4 ?? "", ipv4PrefixLength: length(.v4), ipv4Gateway: gateway(.v4), ipv6Address: ipv6 ?? "",
            ipv6PrefixLength: length(.v6), ipv6Gateway: gateway(.v6), dnsNames: settings.dnsNames, links: settings.links,
            driver: network.row.driver)
    }
}
