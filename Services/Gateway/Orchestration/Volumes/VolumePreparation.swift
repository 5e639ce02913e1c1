// The volumes of a container under creation: made if need be, filled from its image.
import Contracts
import GatewayState
import Models
import RPC

/// Turns what was asked for into what is mounted.
struct VolumePreparation: Sendable {
    let engine: ContainerEngine
    let containerID: String
    let context: RPCContext

    /// The mounts with their sources. Errors: those of `CreateVolume` and `FillVolume`.
    func prepare(_ planned: [PlannedMount]) async throws -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        for mount in planned { mounts.append(try await prepare(mount)) }
        return mounts
    }

    private func prepare(_ mount: PlannedMount) async throws -> ContainerMount {
        var prepared = ContainerMount(spec: mount.spec, point: mount.point, idMapping: mount.idMapping)
        if let image = mount.image { return try await lease(image, prepared) }
        guard let wanted = mount.volume else { return prepared }
        let request = CreateVolume.Request(
            name: wanted.name, driver: wanted.driver, options: wanted.options, labels: wanted.labels)
        let answer = try await engine.images.createVolume(request, context)
        if answer.isNew { engine.tellVolume("create", answer.volume.name) }
        let volume = answer.volume
        if wanted.fill != .none {
            try await engine.images.fillVolume(
                .init(volume: volume.name, containerID: containerID, path: mount.spec.destination, copies: wanted.fill == .copy), context)
        }
        prepared.spec.source = volume.mountpoint
        prepared.point?.name = volume.name
        prepared.point?.driver = volume.driver
        prepared.point?.source = volume.mountpoint
        prepared.isAnonymous = wanted.isAnonymous
        prepared.needsMount = volume.needsMount
        return prepared
    }

    /// The layers stay for as long as the container does, whatever becomes of the image.
    private func lease(_ image: String, _ mount: ContainerMount) async throws -> ContainerMount {
        let lease = try await engine.images.leaseImage(.init(containerID: containerID, image: image), context)
        var mount = mount
        mount.spec.layers = lease.layers
        mount.imageID = lease.imageID
        if mount.point?.name.isEmpty == true { mount.point?.name = mount.spec.source }
        mount.point?.source = lease.layers.joined(separator: ":")
        return mount
    }

    /// Takes back what was made for this container alone. What can't be removed now is removed at the next start.
    static func discard(_ planned: [PlannedMount], container: String, _ engine: ContainerEngine) async throws {
        engine.volumes.release(container)
        let volumes = planned.compactMap(\.ownVolume)
        for name in volumes { try await engine.removeVolumeIfAny(name, usedBy: container) }
        if !volumes.isEmpty { engine.store.giveUp(container) }
    }
}

/// The volumes of a container that starts or has ended.
extension ContainerEngine {
    /// Mounts those that have to be mounted: most don't.
    func mountVolumes(of record: ContainerRecord, _ context: RPCContext) async throws {
        for name in record.definition.volumesToMount {
            try await images.mountVolume(name, container: record.id, context)
        }
    }

    /// Lets go of what was mounted for a container that doesn't run any more.
    func unmountVolumes(of record: ContainerRecord) async throws {
        guard !record.definition.volumesToMount.isEmpty else { return }
        try await images.unmountVolumes(container: record.id, .fresh(timeout: .seconds(60)))
    }

    /// `mount` or `unmount`, for each volume of the container.
    func tellVolumes(_ action: String, _ record: ContainerRecord) {
        for point in record.definition.mounts where point.type == "volume" {
            var attributes = ["container": record.id]
            if action == "mount" {
                attributes["destination"] = point.destination
                attributes["propagation"] = point.propagation
                attributes["read/write"] = point.rw ? "true" : "false"
            }
            tellVolume(action, point.name, attributes)
        }
    }

    /// Removes the container's anonymous volumes, except for those that other containers use.
    func removeAnonymousVolumes(of record: ContainerRecord) async throws {
        for name in record.definition.anonymousVolumes {
            do {
                try await removeVolumeIfAny(name, usedBy: record.id)
            } catch let error as RPCError where error.code == .conflict {}
        }
    }

    func removeVolumeIfAny(_ name: String, usedBy container: String? = nil) async throws {
        do {
            try await removeVolume(name, usedBy: container)
        } catch let error as RPCError where error.code == .notFound {}
    }
}
