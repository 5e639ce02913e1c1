// A container's network as the service remembers it.
import Contracts

/// A sandbox: what its container was given, and must be taken back.
struct Sandbox: Sendable, Equatable {
    var row: SandboxRow
    var endpoints: [EndpointRow]
    var publications: [Publication]
}

extension Sandbox {
    /// As callers see it. `networks` are those the endpoints are of.
    func record(layout: EngineLayout, networks: [NetworkRow]) -> SandboxRecord {
        let files = SandboxFiles(layout: layout, containerID: row.filesOwner)
        return SandboxRecord(
            containerID: row.containerID, namespacePath: row.namespace.map { "\(layout.networkNamespaces)/\($0)" } ?? "",
            endpoints: endpoints.compactMap { $0.record(networks: networks) }, ports: publications.map(\.record),
            hostsPath: files.hosts, hostnamePath: files.hostname, resolvConfPath: files.resolvConf)
    }
}

extension EndpointRow {
    func record(networks: [NetworkRow]) -> EndpointRecord? {
        guard let network = networks.first(where: { $0.id == networkID }), let subnet = network.subnet.flatMap({ IPPrefix($0) }) else {
            return nil
        }
        return EndpointRecord(
            networkName: network.name, networkID: network.id, endpointID: id, interface: interface, macAddress: mac, ipv4Address: ipv4,
            ipv4PrefixLength: Int32(subnet.length), ipv4Gateway: network.gateway ?? "")
    }
}
