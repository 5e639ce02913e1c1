// Directories: listed and made.
import Glibc

/// Directories of the service and of the kernel.
enum Directories {
    /// What is in a directory, in no order; nothing when there is no such directory. Throws `KernelError`.
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

    /// Makes a directory and what is missing above it. Throws `KernelError`.
    static func make(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let end = path.lastIndex(of: "/"), end != path.startIndex else {
            throw KernelError(operation: "mkdir \(path)", code: errno)
        }
        try make(String(path[..<end]), mode: mode)
        if mkdir(path, mode) != 0, errno != EEXIST { throw KernelError(operation: "mkdir \(path)", code: errno) }
    }
}
