// Making and removing the directories that a shim owns.
import Glibc
import RPC

enum Directories {
    /// Depth of what `remove` follows; a shim's own directories have one level.
    private static let maximumDepth = 8

    /// Makes a directory and its missing ancestors. A directory that is there is left as it is.
    /// - Parameters:
    ///   - mode: the directory's; ancestors get 0711, so that others can pass and not list.
    ///   - group: the directory's group; nil for root's.
    static func make(_ path: String, mode: mode_t, group: UInt32? = nil) throws(RPCError) {
        if mkdir(path, mode) != 0 {
            if errno == EEXIST { return }
            guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
                throw SystemFailure.error("mkdir", path)
            }
            try make(String(path[..<slash]), mode: 0o711)
            guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemFailure.error("mkdir", path) }
        }
        // Not left to the umask.
        guard chmod(path, mode) == 0, group == nil || chown(path, uid_t.max, group ?? 0) == 0 else {
            throw SystemFailure.error("chown", path)
        }
    }

    /// Removes a directory and what it holds, without following links. One that isn't there is removed already.
    static func remove(_ path: String, depth: Int = 0) {
        guard depth < maximumDepth, let stream = opendir(path) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let child = "\(path)/\(name)"
            if unlink(child) != 0, errno == EISDIR { remove(child, depth: depth + 1) }
        }
        closedir(stream)
        rmdir(path)
    }
}
