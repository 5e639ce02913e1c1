// From a record to what the network service is asked for. Pure.
import Contracts
import GatewayState
import Models

/// Builds the request for a container's network.
struct SandboxRequestBuilder {
    let record: ContainerRecord
    /// The ID of a container that a link names; nil when there is none yet.
    var resolve: @Sendable (String) -> String? = { $0 }

    private var config: ContainerConfig { record.config }
    private var hostConfig: HostConfig { record.hostConfig }

    func request() -> CreateSandbox.Request {
        var request = CreateSandbox.Request(
            containerID: record.id, containerName: record.name, mode: mode, endpoints: endpoints(), ports: ports,
            hostname: config.hostname, domainname: config.domainname, dnsServers: hostConfig.dns ?? [],
            dnsSearch: hostConfig.dnsSearch ?? [], dnsOptions: hostConfig.dnsOptions ?? [], extraHosts: hostConfig.extraHosts ?? [])
        request.labels = config.labels
        request.nominalNetwork = nominalNetwork
        if mode == .own { request.idMap = record.definition.idMap }
        return request
    }

    private var mode: CreateSandbox.Mode {
        let prefix = "container:"
        if hostConfig.networkMode == "host" { return .host }
        if hostConfig.networkMode.hasPrefix(prefix) { return .container(String(hostConfig.networkMode.dropFirst(prefix.count))) }
        return .own
    }

    private var nominalNetwork: String? {
        if mode == .host { return "host" }
        return mode == .own && !config.networkDisabled && record.definition.endpoints["none"] != nil ? "none" : nil
    }

    /// Whether the container joins networks at all.
    var joinsNetworks: Bool {
        mode == .own && record.definition.endpoints["none"] == nil && !config.networkDisabled
    }

    /// The network that the mode names comes first and becomes `eth0`, the others by name.
    private func endpoints() -> [EndpointRequest] {
        guard joinsNetworks else { return [] }
        let main = record.definition.mainNetworkName
        let names = record.definition.endpoints.keys.sorted { ($0 == main ? 0 : 1, $0) < ($1 == main ? 0 : 1, $1) }
        return names.map { endpoint($0, record.definition.endpoints[$0] ?? EndpointSettings()) }
    }

    /// What is asked for on one network.
    func endpoint(_ network: String, _ settings: EndpointSettings) -> EndpointRequest {
        var request = EndpointRequest(
            network: network, ipv4Address: nonEmpty(settings.ipamConfig?.ipv4Address),
            ipv6Address: nonEmpty(settings.ipamConfig?.ipv6Address), macAddress: nonEmpty(settings.macAddress),
            aliases: settings.aliases ?? [])
        request.linkLocalAddresses = settings.ipamConfig?.linkLocalIPs ?? []
        request.driverOptions = settings.driverOpts ?? [:]
        request.gatewayPriority = Int64(settings.gwPriority)
        request.links = (settings.links ?? []).map { text in
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            let name = parts.first ?? ""
            return EndpointLink(name: name, containerID: resolve(name), alias: parts.count > 1 ? parts[1] : name)
        }
        return request
    }

    var ports: [PortBinding] { joinsNetworks ? allPorts : [] }

    /// Published ports, each range taken apart; with `-P`, every exposed port that isn't published yet.
    var allPorts: [PortBinding] {
        var bindings = (hostConfig.portBindings ?? [:]).sorted { $0.key < $1.key }.flatMap { published($0.key, $0.value ?? []) }
        guard hostConfig.publishAllPorts else { return bindings }
        var bound = Set(bindings.map { PortSpecification.key($0.containerPort, $0.transport) })
        for text in config.exposedPorts.keys.sorted() {
            guard let specification = PortSpecification(text) else { continue }
            for port in specification.ports where bound.insert(PortSpecification.key(port, specification.transport)).inserted {
                bindings.append(PortBinding(containerPort: port, transport: specification.transport))
            }
        }
        return bindings
    }

    /// An empty list asks for an ephemeral port. A range of host ports as wide as the container's is matched one to one;
    /// for a single container port it is a choice.
    private func published(_ text: String, _ bindings: [HostPort]) -> [PortBinding] {
        guard let specification = PortSpecification(text) else { return [] }
        let bindings = bindings.isEmpty ? [HostPort(hostIP: "", hostPort: "")] : bindings
        return specification.ports.flatMap { port in
            bindings.compactMap { binding -> PortBinding? in
                guard var range = PortSpecification.hostRange(binding.hostPort) else { return nil }
                if specification.first != specification.last, range.first != 0 {
                    let host = range.first + (port - specification.first)
                    range = (host, host)
                }
                return PortBinding(
                    containerPort: port, transport: specification.transport, hostAddress: binding.hostIP, hostPortFirst: range.first,
                    hostPortLast: range.last)
            }
        }
    }

    private func nonEmpty(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return text
    }
}
