// What the volume routes need of the engine.
import Models
import RPC

/// The engine's volumes. Errors: notFound (`get x: no such volume`), `invalidParameter`, conflict.
public protocol VolumeBackend: Sendable {
    /// Lists volumes, sorted by name. Filter keys have been checked, filter values have not.
    func listVolumes(filters: Filters, context: RPCContext) async throws -> [VolumeInfo]
    func inspectVolume(_ name: String, context: RPCContext) async throws -> VolumeInfo
    /// Gives the volume that has the name already, if there is one.
    func createVolume(_ request: VolumeCreateRequest, context: RPCContext) async throws -> VolumeInfo
    /// Errors: conflict naming the containers that use it. `force` succeeds when there is no such volume.
    func removeVolume(_ name: String, force: Bool, context: RPCContext) async throws
    /// Removes volumes that no container refers to: anonymous ones, or, by the filter `all`, any. Errors: conflict when a prune runs.
    func pruneVolumes(filters: Filters, context: RPCContext) async throws -> VolumesPruneReport
}

/// The filter keys of volumes.
public enum VolumeFilterKeys {
    public static let list: Set<String> = ["dangling", "driver", "label", "name"]
    public static let prune: Set<String> = ["all", "label", "label!"]
}
