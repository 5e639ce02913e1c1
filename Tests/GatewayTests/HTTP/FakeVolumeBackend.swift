// The volumes of the engine that answers by the names it is asked for.
import GatewayBackends
import Models
import RPC

extension FakeEngine: VolumeBackend {
    private static func volume(_ name: String) -> VolumeInfo {
        var volume = VolumeInfo(name: name, createdAt: EngineTime(nanoseconds: 0))
        volume.driver = "local"
        volume.mountpoint = "/v/\(name)/_data"
        return volume
    }

    func listVolumes(filters: Filters, context: RPCContext) async throws -> [VolumeInfo] {
        note("volumes \(filters.keys)")
        return []
    }

    func inspectVolume(_ name: String, context: RPCContext) async throws -> VolumeInfo {
        try find(name, kind: "volume")
        return Self.volume(name)
    }

    func createVolume(_ request: VolumeCreateRequest, context: RPCContext) async throws -> VolumeInfo {
        note("create volume \(request.name) \(request.driver) \(request.driverOpts) \(request.labels)")
        return Self.volume(request.name)
    }

    func removeVolume(_ name: String, force: Bool, context: RPCContext) async throws {
        note("remove volume \(name) force=\(force)")
        try find(name, kind: "volume")
    }

    func pruneVolumes(filters: Filters, context: RPCContext) async throws -> VolumesPruneReport {
        note("prune volumes all=\(filters.values("all"))")
        return VolumesPruneReport(volumesDeleted: ["v"], spaceReclaimed: 3)
    }
}
