// The creation of a container at a scoped socket: everything it refers to must be the socket's own.
import GatewayBackends
import Models
import RPC
import ServiceKit

struct ScopedCreate: Sendable {
    let access: AccessGuard
    let context: RPCContext

    private var policy: AccessPolicy { access.policy }

    /// The request as the engine may have it. Errors: forbidden; conflict for what it refers to and isn't there.
    func admitted(_ request: ContainerCreateRequest) async throws -> ContainerCreateRequest {
        var request = try CreateRules(policy: policy).apply(to: request)
        try await checkCount()
        guard var host = request.hostConfig else { return request }
        host.pidMode = try await resolved(host.pidMode)
        host.ipcMode = try await resolved(host.ipcMode)
        host.networkMode = try await network(host.networkMode)
        host.volumesFrom = try await donors(host.volumesFrom)
        for link in host.links ?? [] { _ = try await found(String(link.prefix { $0 != ":" })) }
        for volume in volumes(host) { try await prepare(volume) }
        request.hostConfig = host
        for name in (request.networkingConfig?.endpointsConfig ?? [:]).keys.sorted() { _ = try await network(name) }
        for endpoint in (request.networkingConfig?.endpointsConfig ?? [:]).values {
            for link in endpoint?.links ?? [] { _ = try await found(String(link.prefix { $0 != ":" })) }
        }
        return request
    }

    private func checkCount() async throws {
        guard let limit = policy.socket.containers else { return }
        let query = ContainerListQuery(all: true, filters: policy.narrowed(Filters()))
        guard try await access.backends.containers.list(query, context: context).count < limit else {
            try policy.refuse("more than \(limit) containers")
        }
    }

    /// At a create request, clients take notFound for a missing image.
    private func found(_ reference: String) async throws -> ContainerInspect {
        do {
            return try await access.container(reference, context)
        } catch let error as RPCError where error.code == .notFound {
            throw RPCError(.conflict, error.message)
        }
    }

    private static let container = "container:"

    /// `container:x`, with x the ID of a container of the socket's; other modes as they are.
    private func resolved(_ mode: String) async throws -> String {
        guard mode.hasPrefix(Self.container) else { return mode }
        return Self.container + (try await found(String(mode.dropFirst(Self.container.count))).id)
    }

    private func network(_ mode: String) async throws -> String {
        if ["", "default", "bridge", "none"].contains(mode) { return mode }
        if mode == "host" { return mode }
        if mode.hasPrefix(Self.container) { return try await resolved(mode) }
        _ = try await access.network(mode, context)
        return mode
    }

    /// What others have of the host's files can't be had through them either.
    private func donors(_ references: [String]?) async throws -> [String]? {
        guard let references else { return nil }
        var resolved: [String] = []
        for reference in references {
            let parts = reference.split(separator: ":", maxSplits: 1).map(String.init)
            let donor = try await found(parts.first ?? "")
            for mount in donor.mounts where !policy.socket.allowsHostMounts {
                guard mount.type != "bind" else { try policy.refuse("HostConfig.VolumesFrom a container with \(mount.source) of the host") }
                if mount.type == "volume" { try await checkInherited(mount.name) }
            }
            resolved.append(donor.id + (parts.count > 1 ? ":" + parts[1] : ""))
        }
        return resolved
    }

    private func volumes(_ host: HostConfig) -> [VolumeCreateRequest] {
        let binds = (host.binds ?? []).filter { !$0.hasPrefix("/") && $0.contains(":") }.map { bind in
            var request = VolumeCreateRequest()
            (request.name, request.driver) = (String(bind.prefix { $0 != ":" }), host.volumeDriver)
            return request
        }
        return binds
            + host.mounts.filter { $0.type == "volume" && !$0.source.isEmpty }.map { mount in
                var request = VolumeCreateRequest()
                (request.name, request.driver) = (mount.source, mount.volumeOptions?.driverConfig?.name ?? "")
                request.driverOpts = mount.volumeOptions?.driverConfig?.options ?? [:]
                request.labels = mount.volumeOptions?.labels ?? [:]
                return request
            }
    }

    /// One that isn't there is made with the socket's labels, so that it is the socket's.
    private func prepare(_ request: VolumeCreateRequest) async throws {
        do {
            let volume = try await access.backends.volumes.inspectVolume(request.name, context: context)
            guard policy.admits(volume.labels) else { try policy.refuse("volume \(request.name)") }
            try CreateRules(policy: policy).checkVolume(volume.options)
        } catch let error as RPCError where error.code == .notFound {
            var request = request
            request.labels = try policy.labelled(request.labels)
            _ = try await access.backends.volumes.createVolume(request, context: context)
        }
    }

    /// A volume of a container of the socket's may be anonymous; it mustn't show files of the host.
    private func checkInherited(_ name: String) async throws {
        let volume = try await access.backends.volumes.inspectVolume(name, context: context)
        try CreateRules(policy: policy).checkVolume(volume.options)
    }
}
