// The image service's volumes, in memory.
import Contracts
import RPC

@testable import GatewayOrchestration

extension FakeImages {
    func createVolume(_ request: CreateVolume.Request, _ context: RPCContext) async throws -> CreateVolume.Response {
        let name = request.name.isEmpty ? "made-up" : request.name
        let volume = VolumeRecord(
            name: name, driver: "local", mountpoint: "/volumes/\(name)/_data", labels: request.labels, options: request.options,
            createdAt: 1_700_000_000_123_456_789)
        let (answer, isNew) = world.with { state -> (VolumeRecord, Bool) in
            if let present = state.volumes[name] { return (present, false) }
            state.volumes[name] = volume
            return (volume, true)
        }
        try world.call("images.createVolume")
        return CreateVolume.Response(volume: answer, isNew: isNew)
    }

    func listVolumes(_ context: RPCContext) async throws -> [VolumeRecord] {
        try world.call("images.listVolumes")
        return world.with { $0.volumes.values.sorted { $0.name < $1.name } }
    }

    func removeVolume(_ name: String, _ context: RPCContext) async throws {
        try world.call("images.removeVolume")
        let removed = world.with { $0.volumes.removeValue(forKey: name) }
        if removed == nil { throw RPCError(.notFound, "get \(name): no such volume") }
    }

    func measureVolumes(_ names: [String], _ context: RPCContext) async throws -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, 10) })
    }

    func fillVolume(_ request: FillVolume.Request, _ context: RPCContext) async throws {
        world.with { if request.copies { $0.fills[request.volume] = request.path } }
        try world.call("images.fillVolume")
    }

    func mountVolume(_ name: String, container: String, _ context: RPCContext) async throws {
        world.with { _ = $0.volumeMounts.insert(container) }
        try world.call("images.mountVolume")
    }

    func unmountVolumes(container: String, _ context: RPCContext) async throws {
        try world.call("images.unmountVolumes")
        world.with { _ = $0.volumeMounts.remove(container) }
    }

    func listVolumeMounts(_ context: RPCContext) async throws -> [String] { world.with { $0.volumeMounts.sorted() } }
}
