// A note of a checkpoint that is being made, so that half of one doesn't stay when the shim or the host ends.
import Contracts
import Glibc
import Linux
import RPC

struct PendingCheckpoint {
    private static let limit = 64 * 1024
    private let path: String

    init(_ layout: EngineLayout, _ containerID: String) { path = "\(layout.containerDirectory(containerID))/checkpoint-pending" }

    /// On disk before anything is made there.
    func note(_ partial: String) throws(RPCError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure.error("open", path) }
        defer { close(descriptor) }
        let bytes = Array(partial.utf8)
        let isWritten = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
        guard isWritten, fsync(descriptor) == 0 else { throw SystemFailure.error("write", path) }
    }

    func clear() { unlink(path) }

    /// By whoever cleans up after a shim.
    func sweep() {
        guard let partial = try? SmallFile.text(path, limit: Self.limit) else { return }
        CheckpointFiles.sweep(partial)
        clear()
    }
}

extension EngineLayout {
    /// CRIU's log of the last dump or restore.
    func checkpointLog(_ containerID: String, _ action: String) -> String { "\(containerDirectory(containerID))/criu-\(action).log" }
}

extension CheckpointPlace {
    /// Errors: `invalidParameter`.
    func checkedPath() throws(RPCError) -> String {
        guard path.hasPrefix("/") else { throw RPCError(.invalidParameter, "the checkpoint directory \(path) is no absolute path") }
        return path
    }
}
