// What the sequences need of the image service's volumes.
import Contracts
import RPC

/// The volumes, as the sequences see them.
protocol VolumeService: Sendable {
    func createVolume(_ request: CreateVolume.Request, _ context: RPCContext) async throws -> CreateVolume.Response
    func listVolumes(_ context: RPCContext) async throws -> [VolumeRecord]
    func removeVolume(_ name: String, _ context: RPCContext) async throws
    func measureVolumes(_ names: [String], _ context: RPCContext) async throws -> [String: Int64]
    func fillVolume(_ request: FillVolume.Request, _ context: RPCContext) async throws
    func mountVolume(_ name: String, container: String, _ context: RPCContext) async throws
    func unmountVolumes(container: String, _ context: RPCContext) async throws
    func listVolumeMounts(_ context: RPCContext) async throws -> [String]
}

extension RemoteImageService {
    func createVolume(_ request: CreateVolume.Request, _ context: RPCContext) async throws -> CreateVolume.Response {
        try await call(CreateVolume.self, request, context)
    }

    func listVolumes(_ context: RPCContext) async throws -> [VolumeRecord] {
        try await call(ListVolumes.self, RPCNothing(), context).volumes
    }

    func removeVolume(_ name: String, _ context: RPCContext) async throws {
        _ = try await call(RemoveVolume.self, .init(name: name), context)
    }

    func measureVolumes(_ names: [String], _ context: RPCContext) async throws -> [String: Int64] {
        try await call(MeasureVolumes.self, .init(names: names), context).sizes
    }

    func fillVolume(_ request: FillVolume.Request, _ context: RPCContext) async throws {
        _ = try await call(FillVolume.self, request, context)
    }

    func mountVolume(_ name: String, container: String, _ context: RPCContext) async throws {
        _ = try await call(MountVolume.self, .init(volume: name, containerID: container), context)
    }

    func unmountVolumes(container: String, _ context: RPCContext) async throws {
        _ = try await call(UnmountVolumes.self, .init(containerID: container), context)
    }

    func listVolumeMounts(_ context: RPCContext) async throws -> [String] {
        try await call(ListVolumeMounts.self, RPCNothing(), context).containerIDs
    }
}
