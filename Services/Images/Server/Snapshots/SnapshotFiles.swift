// The directories of a container's rw layer, and their limit.
import RPC

struct SnapshotFiles {
    let paths: StorePaths

    /// Makes those that aren't there. What the container will see as `/` is owned by root, mode 0755.
    /// - Parameter size: bytes that they may have together; nil without a limit.
    /// Throws `SystemError`, and `RPCError` where a limit can't be kept.
    func make(_ containerID: String, size: Int64?) throws {
        try NewDirectory.ensure(paths.snapshot(containerID), 0o700)
        if let size { try limit(containerID, size) }
        try NewDirectory.ensure(paths.upper(containerID), 0o755)
        try NewDirectory.ensure(paths.work(containerID), 0o700)
        try LayerAliases.name(containerID, paths)
    }

    private func limit(_ containerID: String, _ size: Int64) throws {
        do {
            try ProjectQuota().limit(paths.snapshot(containerID), bytes: size)
        } catch let error as RPCError {
            throw RPCError(error.code, "storage-opt size can't be kept: \(error.message)")
        }
    }

    /// Gives them to the trash, and their limit back if they may have one.
    func discard(_ containerID: String, isLimited: Bool, to trash: Trash) throws(SystemError) {
        let path = paths.snapshot(containerID)
        if isLimited {
            do throws(SystemError) { try ProjectQuota().lift(path) } catch { /* Gone already, or a file system without projects. */  }
        }
        try trash.take(path: path)
    }
}
