// The other services and the shims, in memory: what they were asked, what there is, and which calls fail.
import Contracts
import RPC
import Synchronization

@testable import GatewayOrchestration

/// Everything outside of the gateway.
final class FakeWorld: Sendable {
    struct State {
        var calls: [String] = []
        /// Calls that fail, with what they fail with; each time, until taken out.
        var failures: [String: RPCError] = [:]
        /// Calls that aren't answered until they are let go.
        var held: [String: Promise<Void>] = [:]
        var snapshots: Set<String> = []
        /// Bytes that each container has written.
        var writable: Int64 = 7
        /// IDs of the images whose layers are kept for a container's mounts.
        var leases: [String: Set<String>] = [:]
        /// Images besides busybox, and names that were to be removed.
        var otherImages: [ImageRecord] = []
        var removedImages: [String] = []
        /// What the image service tells.
        var imageNotices: [WatchImages.Outbound] = []
        var volumes: [String: VolumeRecord] = [:]
        /// Containers that volumes are mounted for.
        var volumeMounts: Set<String> = []
        /// Volumes that were filled, with where from.
        var fills: [String: String] = [:]
        var sandboxes: [String: SandboxRecord] = [:]
        /// Containers with hosts, hostname and resolv.conf.
        var networkFiles: Set<String> = []
        /// What the network service tells.
        var notices: [NetworkNotice] = []
        var shims: [String: FakeShim] = [:]
        /// Exit records on disk of containers whose shim is gone.
        var exitRecords: [String: ExitRecord] = [:]
        var directories: Set<String> = []
        var fresh: [FakeShim] = []
        /// Names of checkpoints, of every container.
        var checkpoints: [String] = []
    }

    private let state = Mutex(State())

    func with<T: Sendable>(_ body: (inout sending State) -> sending T) -> T { state.withLock { body(&$0) } }

    var calls: [String] { state.withLock { $0.calls } }
    var volumes: Set<String> { state.withLock { Set($0.volumes.keys) } }
    var snapshots: Set<String> { state.withLock { $0.snapshots } }
    var sandboxes: Set<String> { state.withLock { Set($0.sandboxes.keys) } }
    var shimIDs: Set<String> { state.withLock { Set($0.shims.keys) } }
    var directories: Set<String> { state.withLock { $0.directories } }

    var checkpoints: [String] { state.withLock { $0.checkpoints } }

    func shim(_ id: String) -> FakeShim? { state.withLock { $0.shims[id] } }

    func fail(_ call: String, _ error: RPCError? = RPCError(.internalError, "made to fail")) {
        state.withLock { $0.failures[call] = error }
    }

    /// Has calls wait until `release`.
    func hold(_ call: String) { state.withLock { $0.held[call] = Promise() } }

    func release(_ call: String) { state.withLock { $0.held.removeValue(forKey: call) }?.resolve(()) }

    /// As `call`, for those that can be held.
    func heldCall(_ name: String) async throws {
        try call(name)
        try await state.withLock { $0.held[name] }?.value()
    }

    /// Notes a call; throws when it is to fail.
    func call(_ name: String) throws {
        let failure = state.withLock { state in
            state.calls.append(name)
            return state.failures[name]
        }
        if let failure { throw failure }
    }

    /// True when nothing is left of any container.
    var isEmpty: Bool {
        state.withLock { state in
            state.snapshots.isEmpty && state.sandboxes.isEmpty && state.shims.isEmpty && state.directories.isEmpty
                && state.networkFiles.isEmpty
        }
    }
}
