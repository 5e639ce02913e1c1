// The volume routes' backend, over the image service.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

/// The engine's volumes: the image service's records, with what the containers' records know of their use.
struct VolumeFacade: VolumeBackend {
    let engine: ContainerEngine

    func listVolumes(filters: Filters, context: RPCContext) async throws -> [VolumeInfo] {
        let filter = try VolumeFilter(filters, inUse: Set(engine.volumeUses.keys))
        return try await engine.images.listVolumes(context).filter(filter.matches).map(\.info)
    }

    func inspectVolume(_ name: String, context: RPCContext) async throws -> VolumeInfo {
        try await find(name, context).info
    }

    private func find(_ name: String, _ context: RPCContext) async throws -> VolumeRecord {
        guard let volume = try await engine.images.listVolumes(context).first(where: { $0.name == name }) else {
            throw RPCError(.notFound, "get \(name): no such volume")
        }
        return volume
    }

    func createVolume(_ request: VolumeCreateRequest, context: RPCContext) async throws -> VolumeInfo {
        let wanted = CreateVolume.Request(
            name: request.name, driver: request.driver, options: request.driverOpts, labels: request.labels)
        let answer = try await engine.images.createVolume(wanted, context)
        if answer.isNew { engine.tellVolume("create", answer.volume.name) }
        return answer.volume.info
    }

    func removeVolume(_ name: String, force: Bool, context: RPCContext) async throws {
        do {
            _ = try await find(name, context)
            try await uncancelled { try await engine.removeVolume(name) }
        } catch let error as RPCError where error.code == .notFound && force {}
    }

    func pruneVolumes(filters: Filters, context: RPCContext) async throws -> VolumesPruneReport {
        let all = try VolumeFilter.flag("all", filters) ?? false
        let filter = try VolumeFilter(Filters(filters.fields.merging(["dangling": ["true"]]) { $1 }), inUse: Set(engine.volumeUses.keys))
        return try await engine.volumePrune.run(orSay: "a prune operation is already running") {
            let victims = try await engine.images.listVolumes(context).filter { (all || $0.isAnonymous) && filter.matches($0) }.map(\.name)
            let sizes = try await engine.images.measureVolumes(victims, context)
            var report = VolumesPruneReport(volumesDeleted: [], spaceReclaimed: 0)
            for name in victims {
                try Task.checkCancellation()
                // One that came into use meanwhile stays.
                guard (try? await engine.removeVolume(name)) != nil else { continue }
                report.volumesDeleted.append(name)
                report.spaceReclaimed = report.spaceReclaimed.addingClamped(max(0, sizes[name] ?? 0))
            }
            engine.tellPrune(.volume, reclaimed: report.spaceReclaimed)
            return report
        }
    }
}

extension VolumeRecord {
    /// The volume as clients see it: times are whole seconds, and nothing set is null.
    var info: VolumeInfo {
        var info = VolumeInfo(name: name, createdAt: EngineTime(nanoseconds: createdAt / 1_000_000_000 * 1_000_000_000))
        info.driver = driver
        info.labels = labels.isEmpty ? nil : labels
        info.mountpoint = mountpoint
        info.options = options.isEmpty ? nil : options
        return info
    }
}

extension ContainerEngine {
    /// The IDs of the containers that refer to a volume, by the volume's name.
    var volumeUses: [String: [String]] {
        var uses: [String: [String]] = [:]
        for record in store.all {
            for name in record.definition.volumes where !name.isEmpty { uses[name, default: []].append(record.id) }
        }
        return uses
    }

    /// Errors: notFound; conflict naming who uses it. `container` is going, and its use doesn't count.
    func removeVolume(_ name: String, usedBy container: String? = nil) async throws {
        let users: @Sendable () -> [String] = { [self] in (volumeUses[name] ?? []).filter { $0 != container } }
        try await volumes.removing(name, users: users) { try await images.removeVolume(name, .fresh()) }
        tellVolume("destroy", name)
    }

    /// Records an event of a volume.
    func tellVolume(_ action: String, _ name: String, _ more: [String: String] = [:]) {
        store.journal.append(
            EventRecord(
                time: WallClock.now(), kind: .volume, action: action, actorID: name,
                attributes: more.merging(["driver": VolumeRecord.localDriver]) { own, _ in own }))
    }
}
