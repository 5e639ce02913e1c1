// The image service's volumes.
import Contracts
import RPC

extension ImageService {
    public func createVolume(_ request: CreateVolume.Request) async throws(RPCError) -> CreateVolume.Response {
        try await failing { [store] in try await Volumes(store: store).create(request) }
    }

    public nonisolated func listVolumes() -> ListVolumes.Response {
        ListVolumes.Response(volumes: Volumes(store: store).list())
    }

    public func removeVolume(_ request: RemoveVolume.Request) async throws(RPCError) {
        try await failing { [store] in try await Volumes(store: store).remove(request.name) }
    }

    public func measureVolumes(_ request: MeasureVolumes.Request) async throws(RPCError) -> MeasureVolumes.Response {
        try await failing { [store] in .init(sizes: try await Volumes(store: store).measure(request.names)) }
    }

    public func fillVolume(_ request: FillVolume.Request) async throws(RPCError) {
        try await failing { [store, volumeMounts] in
            try await volumeMounts.alone(with: request.volume) { try await VolumeFill(store: store).run(request) }
        }
    }

    public func mountVolume(_ request: MountVolume.Request) async throws(RPCError) {
        try await failing { [volumeMounts] in try await volumeMounts.mount(request.volume, for: request.containerID) }
    }

    public func unmountVolumes(_ request: UnmountVolumes.Request) async throws(RPCError) {
        try await failing { [volumeMounts] in try await volumeMounts.unmount(container: request.containerID) }
    }

    public nonisolated func listVolumeMounts() -> ListVolumeMounts.Response {
        ListVolumeMounts.Response(containerIDs: volumeMounts.users)
    }
}
