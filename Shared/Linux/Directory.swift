// Making, listing and removing directories.
import CLinux
import Glibc

public enum Directory {
    public struct Entry: Sendable, Equatable {
        public let name: String
        public let isDirectory: Bool
    }

    /// Makes a directory and those above it that are missing. The umask applies.
    public static func makeAll(_ path: String, mode: UInt32 = 0o755) throws(Errno) {
        let result = clinux_make_directory_at(AT_FDCWD, path, mode)
        if result == 0 || result == -EEXIST { return }
        guard result == -ENOENT, let parent = parent(of: path) else { throw Errno(code: -result, call: "mkdir \(path)") }
        try makeAll(parent, mode: mode)
        let again = clinux_make_directory_at(AT_FDCWD, path, mode)
        guard again == 0 || again == -EEXIST else { throw Errno(code: -again, call: "mkdir \(path)") }
    }

    /// In no order; symbolic links are no directories.
    public static func list(_ path: String) throws(Errno) -> [Entry] {
        var entries: [Entry] = []
        let result = withUnsafeMutablePointer(to: &entries) { pointer in
            clinux_list_directory(path, pointer) { context, name, type in
                guard let context, let name else { return 1 }
                let entry = Entry(name: String(cString: name), isDirectory: type == Int32(DT_DIR))
                context.assumingMemoryBound(to: [Entry].self).pointee.append(entry)
                return 0
            }
        }
        try Errno.check(result, "opendir \(path)")
        return entries
    }

    /// The path without its last component; nil for a path without a slash, and for `/`.
    public static func parent(of path: String) -> String? {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard path != "/", let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
