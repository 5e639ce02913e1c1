// The directory where namespaces are pinned.
import CLinux
import Glibc

/// What is pinned below one directory.
enum NamespacePins {
    /// Names of the files in the directory, whether a namespace is bound to them or not; none when there is no directory.
    static func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw KernelError(operation: "open \(directory)", code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func isPinned(_ path: String) throws -> Bool {
        try KernelError.check(berth_netns_is_pinned(path), "look at \(path)") == 1
    }
}

/// Directories that a service makes for itself.
enum Directories {
    /// Makes a directory and what is missing above it.
    static func make(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let end = path.lastIndex(of: "/"), end != path.startIndex else {
            throw KernelError(operation: "mkdir \(path)", code: errno)
        }
        try make(String(path[..<end]), mode: mode)
        if mkdir(path, mode) != 0, errno != EEXIST { throw KernelError(operation: "mkdir \(path)", code: errno) }
    }
}
