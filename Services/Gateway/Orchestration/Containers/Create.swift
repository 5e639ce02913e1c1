// Create: from a request to a durable record with a writable layer.
import Contracts
import GatewayState
import Models
import RPC
import ServiceKit

/// Makes a container: validate, resolve the image, merge, reserve the name, prepare the writable layer, commit.
struct CreateSequence {
    let engine: ContainerEngine
    let request: ContainerCreateRequest
    let name: String?
    /// `os[/architecture[/variant]]`; nil for the image's own.
    let platform: String?
    let context: RPCContext

    func run() async throws -> ContainerCreateResponse {
        guard var config = request.config else {
            throw RPCError(.invalidParameter, "config cannot be empty in order to create a container")
        }
        let wanted = engine.reloadable.containers.fill(request.hostConfig ?? HostConfig(), cgroupVersion: engine.facts.cgroupVersion)
        let endpoints = try await withoutOwnIDs(try await endpoints(networkMode: wanted.networkMode))
        let report = CreateCheck.check(config, wanted, endpoints: endpoints.settings, facts: engine.facts)
        try report.throwFaults()

        let image = try await engine.images.inspect(config.image, context)
        let document = try engine.imageConfigs.document(of: image)
        let platformCheck = PlatformCheck(image: config.image, host: engine.facts.platform)
        let foreign = try platformCheck.warnings(about: document, wanted: platform)
        config = try ImageMerge.merge(config, image: document.config)
        var merged = SettingsReport()
        ConfigCheck.check(config, &merged)
        try merged.throwFaults()
        let adaptation = HostConfigAdaptation(
            facts: engine.facts, resolve: { reference throws(RPCError) in try engine.store.find(reference).id },
            networkMode: { engine.store[$0]?.hostConfig.networkMode }, name: name)
        let draft = Draft(
            config: config, hostConfig: try adaptation.adapt(wanted), endpoints: endpoints, image: image, document: document)
        try checkOwners(draft)
        let id = try await make(draft)
        return ContainerCreateResponse(id: id, warnings: union(union(report.warnings, merged.warnings), foreign))
    }

    private func users(_ draft: Draft) throws(RPCError) -> UserNamespaceChoice {
        let donors = UserNamespaceChoice.donors(of: draft.hostConfig) { engine.store[$0] }
        let mode = try UserNamespaceMode(request.config, draft.hostConfig)
        return try UserNamespaceChoice(mode, draft.hostConfig, remap: engine.userNamespaces.remap, donors: donors)
    }

    /// Checks owners of mounts now, so that a bad one isn't found only at the start.
    private func checkOwners(_ draft: Draft) throws {
        let map: IDMap? =
            switch try users(draft) {
            case .host: nil
            case .shared(let map): map
            case .own(let size): IDMap(first: 1, count: size)
            }
        for option in try plan(draft).compactMap(\.idMapping) { _ = try IDMapOption(option)?.map(in: map) }
    }

    private struct Draft {
        var config: ContainerConfig
        var hostConfig: HostConfig
        var endpoints: NamedEndpoints
        var image: ImageRecord
        var document: ImageDocument
    }

    private func make(_ draft: Draft) async throws -> String {
        let id = RandomID.make()
        let live = engine.live[id]
        do {
            let record = try await StepSequence.run(spans: live.spans, logger: engine.logger) { sequence in
                try await make(draft, id: id, sequence)
            }
            engine.tell("create", record)
            return id
        } catch {
            engine.live.remove(id)
            throw error
        }
    }

    private func make(_ draft: Draft, id: String, _ sequence: StepSequence) async throws -> ContainerRecord {
        let reservation = NameReservation(engine.store, id: id)
        let name = try await sequence.step("gateway.create.name", undo: { reservation.release() }) {
            try reservation.reserve(self.name)
        }
        let (engine, planned) = (engine, try plan(draft))
        let idMap = try await sequence.step("gateway.create.users", undo: { engine.idRanges.release(id) }) { try takeIDs(draft, for: id) }
        async let intention: Void = sequence.step(
            "gateway.create.intended", undo: { try await VolumePreparation.discard(planned, container: id, engine) },
            { try await engine.store.intend(id, volumes: planned.compactMap(\.ownVolume)) })
        let images = engine.images
        let fresh = RPCContext.fresh()
        let layers = PrepareSnapshot.Request(
            containerID: id, imageID: draft.image.id, workingDirectory: draft.config.workingDir, labels: draft.config.labels,
            size: StorageOption.size(draft.hostConfig.storageOpt))
        let snapshot = try await sequence.step(
            "gateway.create.snapshot", in: .images, undo: { try await images.removeSnapshot(container: id, fresh) },
            { try await images.prepareSnapshot(layers, context) })
        try await intention
        let mounts = try await mounts(planned, id: id, sequence)
        let record = ContainerRecord(definition(draft, id: id, name: name, snapshot: snapshot, mounts: mounts, idMap: idMap))
        let store = engine.store
        try await sequence.step("gateway.create.commit", undo: { store.remove(id) }) { try await store.insert(record) }
        engine.volumes.release(id)
        engine.idRanges.release(id)
        FaultPoint.reach("gateway.create.recorded")
        return record
    }

    /// Durable with the record, and free again with it.
    private func takeIDs(_ draft: Draft, for id: String) throws(RPCError) -> IDMap? {
        switch try users(draft) {
        case .host: return nil
        case .shared(let map): return map
        case .own(let size):
            return try engine.idRanges.reserve(size, for: id) { engine.store.all.compactMap(\.definition.idMap) }
        }
    }

    private func plan(_ draft: Draft) throws -> [PlannedMount] {
        try MountAssembly(draft.config, draft.hostConfig) { reference throws(RPCError) in try engine.store.find(reference) }.mounts
    }

    /// Prepares the mounts. From here on nobody removes the volumes that the container refers to.
    private func mounts(_ planned: [PlannedMount], id: String, _ sequence: StepSequence) async throws -> [ContainerMount] {
        let engine = engine
        return try await sequence.step("gateway.create.volumes", in: .images) {
            try engine.volumes.reserve(Set(planned.compactMap { $0.volume?.name }), for: id)
            return try await VolumePreparation(engine: engine, containerID: id, context: context).prepare(planned)
        }
    }

    private func definition(_ draft: Draft, id: String, name: String, snapshot: SnapshotRecord, mounts: [ContainerMount], idMap: IDMap?)
        -> ContainerDefinition
    {
        var config = draft.config
        nameHost(&config, draft.hostConfig, id)
        let command = (config.entrypoint ?? []) + (config.cmd ?? [])
        var definition = ContainerDefinition(
            id: id, name: name, createdAt: WallClock.now(), path: command.first ?? "", arguments: Array(command.dropFirst()),
            config: config, hostConfig: draft.hostConfig, imageID: draft.image.id, platform: draft.document.os ?? "linux",
            manifestDigest: draft.image.manifestDigest,
            logPath: draft.hostConfig.logConfig.type == "none" ? "" : engine.layout.logFile(id), snapshot: snapshot,
            mounts: mounts, endpoints: draft.endpoints.settings, idMap: idMap)
        let main = draft.endpoints.main
        if draft.endpoints.settings[main] != nil, main != draft.hostConfig.networkMode { definition.mainNetwork = main }
        return definition
    }

    /// Sets host and domain name. A container that shares a network shares the names that go with it: those of the other container, or of
    /// this host.
    private func nameHost(_ config: inout ContainerConfig, _ host: HostConfig, _ id: String) {
        if host.networkMode.hasPrefix(ContainerEngine.containerPrefix) {
            guard let donor = engine.store[String(host.networkMode.dropFirst(ContainerEngine.containerPrefix.count))] else { return }
            (config.hostname, config.domainname) = (donor.config.hostname, donor.config.domainname)
        } else if config.hostname.isEmpty {
            let sharesHostname = host.networkMode == "host" || host.utsMode == "host"
            config.hostname = sharesHostname ? engine.facts.hostname : String(id.prefix(12))
        }
    }

    /// Endpoints by network name. The network that the mode names is added only where none are asked for, as dockerd does: who names
    /// others alone wants to be on those alone.
    private func endpoints(networkMode: String) async throws -> NamedEndpoints {
        let mode = networkMode.isEmpty || networkMode == "default" ? "bridge" : networkMode
        var endpoints: [String: EndpointSettings] = [:]
        for (name, endpoint) in request.networkingConfig?.endpointsConfig ?? [:] {
            endpoints[name == "default" ? "bridge" : name] = endpoint ?? EndpointSettings()
        }
        if mode.hasPrefix("container:") || mode == "host" || mode == "none" {
            if let absent = endpoints.removeValue(forKey: mode) {
                var report = SettingsReport()
                NetworkCheck.check(absent: absent, mode: mode, &report)
                try report.throwFaults()
            }
            guard endpoints.isEmpty else {
                throw RPCError(.invalidParameter, "conflicting options: cannot attach both user-defined and non-user-defined network-modes")
            }
            return NamedEndpoints(main: mode, settings: mode.hasPrefix("container:") ? [:] : [mode: EndpointSettings()])
        }
        let isPlain = mode == "bridge" && endpoints.keys.allSatisfy { $0 == mode }
        let naming = EndpointNaming(networks: isPlain ? [] : try await engine.network.list(context))
        return try naming.named(endpoints, mode: mode, macAddress: request.config?.macAddress ?? "")
    }

    /// Networks are asked for only if a client copied an ID of one.
    private func withoutOwnIDs(_ endpoints: NamedEndpoints) async throws -> NamedEndpoints {
        guard endpoints.settings.values.contains(where: { !$0.networkID.isEmpty }) else { return endpoints }
        let networks = try await engine.network.list(context)
        var endpoints = endpoints
        for name in endpoints.settings.keys {
            if let network = try? NetworkFacade.find(name, networks) { endpoints.settings[name]?.forgetNetworkID(ifOf: network) }
        }
        return endpoints
    }

    private func union(_ first: [String], _ second: [String]) -> [String] {
        first + second.filter { !first.contains($0) }
    }
}
