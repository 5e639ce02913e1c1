// What a create request means by its version: older clients left fields out, or meant others by them.
import Models
import RPC

/// What a create request of an older API version means.
enum ContainerCreateGates {
    /// The request in today's terms, complete with a host configuration, and what the client should know.
    /// Errors: `invalidParameter` for what the version doesn't have.
    static func apply(
        to request: ContainerCreateRequest, version: APIVersion
    ) throws -> (request: ContainerCreateRequest, warnings: [String]) {
        guard var config = request.config else {
            throw RPCError(.invalidParameter, "config cannot be empty in order to create a container")
        }
        var host = request.hostConfig ?? HostConfig()
        var endpoints = try present(request.networkingConfig?.endpointsConfig ?? [:])
        var warnings: [String] = []

        settleNetworkMode(&host, &endpoints)
        try gateConfig(&config, version)
        warnings += try gateHost(&host, version)
        host.mounts = try host.mounts.map { try MountGates.apply(to: $0, version: version) }
        warnings += volumeDriver(host, version)
        try gateEndpoints(&endpoints, version)
        warnings += try SysctlGate.apply(&host, &endpoints, version)
        warnings += try MACAddressGate.apply(&config, host, &endpoints, version)
        warnings += backfillPorts(&host, version)

        let networking = NetworkingConfig(endpointsConfig: endpoints)
        return (ContainerCreateRequest(config: config, hostConfig: host, networkingConfig: networking), warnings)
    }

    /// Errors: `invalidParameter` for a network with null for its settings.
    private static func present(_ endpoints: [String: EndpointSettings?]) throws -> [String: EndpointSettings] {
        for name in endpoints.keys.sorted() where endpoints[name] == .some(nil) {
            throw RPCError(.invalidParameter, "no EndpointSettings for \(name)")
        }
        return endpoints.compactMapValues { $0 }
    }

    /// An empty or default network mode is the default bridge, and so is an endpoint called `default`.
    private static func settleNetworkMode(_ host: inout HostConfig, _ endpoints: inout [String: EndpointSettings]) {
        guard host.networkMode.isEmpty || host.networkMode == "default" else { return }
        host.networkMode = "bridge"
        if let endpoint = endpoints.removeValue(forKey: "default") { endpoints["bridge"] = endpoint }
    }

    private static func gateConfig(_ config: inout ContainerConfig, _ version: APIVersion) throws {
        if version < APIVersionGate.startInterval { config.healthcheck?.startInterval = 0 }
    }

    /// Returns what the client should know of fields that its version doesn't have any more.
    private static func gateHost(_ host: inout HostConfig, _ version: APIVersion) throws -> [String] {
        if version < APIVersionGate.cpuSharesUnclamped, host.cpuShares > 0 { host.cpuShares = min(max(host.cpuShares, 2), 262_144) }
        if version < APIVersionGate.autoRemove { host.autoRemove = false }
        if version == APIVersion(1, 40), host.capabilities?.isEmpty == false {
            throw RPCError(.invalidParameter, "HostConfig.Capabilities is not supported: use CapAdd and CapDrop")
        }
        if version < APIVersionGate.privateIPC, host.ipcMode.isEmpty { host.ipcMode = "shareable" }
        if version < APIVersionGate.multiplexedStreams { host.consoleSize = .zeroValue }
        if version < APIVersionGate.annotations { host.annotations = [:] }
        return discardGoneFields(&host, version)
    }

    private static func discardGoneFields(_ host: inout HostConfig, _ version: APIVersion) -> [String] {
        var gone: [String] = []
        if host.capabilities?.isEmpty == false { gone.append("Capabilities") }
        host.capabilities = nil
        if version >= APIVersionGate.multiplexedStreams {
            if host.kernelMemory != 0 { gone.append("KernelMemory") }
            host.kernelMemory = 0
        }
        if version >= APIVersionGate.noLegacyNetworkSettings {
            if host.kernelMemoryTCP != 0 { gone.append("KernelMemoryTCP") }
            host.kernelMemoryTCP = 0
        }
        return gone.map { "HostConfig.\($0) is no field of API v\(version). Value discarded." }
    }

    /// The driver of the whole container is that of its binds. Clients before 1.48 say so themselves.
    private static func volumeDriver(_ host: HostConfig, _ version: APIVersion) -> [String] {
        guard !host.volumeDriver.isEmpty, version >= APIVersionGate.imageMounts else { return [] }
        let isLeftOut = host.mounts.contains { $0.type == "volume" && ($0.volumeOptions?.driverConfig?.name ?? "").isEmpty }
        guard isLeftOut else { return [] }
        return [
            "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. "
                + "Use '--mount type=volume,volume-driver=...' instead"
        ]
    }

    private static func gateEndpoints(_ endpoints: inout [String: EndpointSettings], _ version: APIVersion) throws {
        if version < APIVersionGate.startInterval, endpoints.count > 1 {
            let names = endpoints.keys.sorted().joined(separator: ", ")
            throw RPCError(.invalidParameter, "Container cannot be created with multiple network endpoints: \(names)")
        }
        if version < APIVersionGate.imageMounts {
            for name in endpoints.keys { endpoints[name]?.gwPriority = 0 }
        }
    }

    /// An empty list has always meant an ephemeral port; from 1.52 the client is told to say so.
    private static func backfillPorts(_ host: inout HostConfig, _ version: APIVersion) -> [String] {
        let empty = (host.portBindings ?? [:]).filter { ($0.value ?? []).isEmpty }.keys.sorted()
        for port in empty { host.portBindings?[port] = [HostPort(hostIP: "", hostPort: "")] }
        guard !empty.isEmpty, version >= APIVersionGate.noLegacyNetworkSettings else { return [] }
        let ports = empty.joined(separator: ", ")
        return ["Ports \(ports) have no binding: each is published at an ephemeral port. Give an empty HostPort instead"]
    }
}
