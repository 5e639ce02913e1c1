// How a container's network looks to clients. Pure.
import Contracts
import GatewayState
import Models

/// `NetworkSettings` and `Ports` of a container, from its record.
struct NetworkView {
    let record: ContainerRecord

    var settings: NetworkSettings {
        var settings = NetworkSettings()
        if let sandbox = record.state.sandbox, record.state.isActive {
            settings.sandboxID = record.id
            settings.sandboxKey = sandbox.namespacePath
        }
        settings.ports = ports
        settings.networks = networks
        return settings
    }

    /// What was asked for, with what came to be while the container runs. Of a run that has ended, the networks' IDs are left, and no
    /// addresses, also none that were asked for.
    var networks: [String: EndpointSettings] {
        guard record.state.isActive || record.state.phase == .created else { return left }
        var networks = record.definition.endpoints
        for endpoint in record.state.sandbox?.endpoints ?? [] {
            let key = key(of: endpoint.networkName, id: endpoint.networkID)
            networks[key] = joined(networks[key] ?? EndpointSettings(), endpoint)
        }
        return networks
    }

    private var left: [String: EndpointSettings] {
        var networks = record.definition.endpoints.mapValues(Self.withoutAddresses)
        for (name, id) in record.state.lastNetworkIDs ?? [:] { networks[key(of: name, id: id)]?.networkID = id }
        return networks
    }

    private static func withoutAddresses(_ settings: EndpointSettings) -> EndpointSettings {
        var settings = settings
        (settings.endpointID, settings.macAddress, settings.gateway, settings.ipv6Gateway) = ("", "", "", "")
        (settings.ipAddress, settings.ipPrefixLen, settings.globalIPv6Address, settings.globalIPv6PrefixLen) = ("", 0, "", 0)
        return settings
    }

    /// A network may have been asked for by its ID.
    private func key(of name: String, id: String) -> String {
        let keys = record.definition.endpoints.keys
        return keys.contains(name) ? name : keys.first { NetworkRecord.isBeginning($0, of: id) } ?? name
    }

    private func joined(_ settings: EndpointSettings, _ endpoint: EndpointRecord) -> EndpointSettings {
        var settings = settings
        settings.networkID = endpoint.networkID
        settings.endpointID = endpoint.endpointID
        settings.gateway = endpoint.ipv4Gateway
        settings.ipAddress = endpoint.ipv4Address
        settings.ipPrefixLen = Int(endpoint.ipv4PrefixLength)
        settings.ipv6Gateway = endpoint.ipv6Gateway
        settings.globalIPv6Address = endpoint.ipv6Address
        settings.globalIPv6PrefixLen = Int(endpoint.ipv6PrefixLength)
        settings.macAddress = endpoint.macAddress
        settings.dnsNames = endpoint.dnsNames.flatMap { $0.isEmpty ? nil : $0 }
        return settings
    }

    /// While it runs: published ports with where they are, exposed ones with null. Empty otherwise.
    private var ports: PortMap {
        guard record.state.isActive else { return [:] }
        var map: PortMap = [:]
        for port in exposed { map.updateValue(nil, forKey: port) }
        for port in record.state.sandbox?.ports ?? [] {
            let key = PortSpecification.key(port.containerPort, port.transport)
            let host = HostPort(hostIP: port.hostAddress, hostPort: "\(port.hostPort)")
            map[key] = ((map[key] ?? nil) ?? []) + [host]
        }
        return map
    }

    private var exposed: Set<String> {
        let ports = record.config.exposedPorts.keys.flatMap { text -> [String] in
            guard let specification = PortSpecification(text) else { return [] }
            return specification.ports.map { PortSpecification.key($0, specification.transport) }
        }
        return Set(ports)
    }

    /// `Ports` of a list.
    var summary: [PortSummary] {
        guard record.state.isActive else { return [] }
        let published = (record.state.sandbox?.ports ?? []).map {
            PortSummary(ip: $0.hostAddress, privatePort: $0.containerPort, publicPort: $0.hostPort, type: $0.transport.rawValue)
        }
        let taken = Set(published.map { "\($0.privatePort)/\($0.type)" })
        let bare = exposed.filter { !taken.contains($0) }.compactMap { PortSpecification($0) }.map {
            PortSummary(privatePort: $0.first, type: $0.transport.rawValue)
        }
        return (published + bare).sorted { ($0.privatePort, $0.type, $0.ip) < ($1.privatePort, $1.type, $1.ip) }
    }
}
