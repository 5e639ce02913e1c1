// Finds files of a container without ever leaving its root.
import CLinux
import Contracts
import Glibc
import RPC

/// Looks paths up below one root. Blocks.
struct FileLookup {
    /// As many links as Linux follows.
    private static let maximumLinks = 40

    let root: Descriptor
    /// File systems that aren't a part of the container: an archive has their directories without what is in them.
    var pseudoDevices: Set<UInt64> = []
    /// Whose the files are in the container, by their owners as seen from here; nil for the same.
    var idMap: IDMap?

    /// A file, with the directory it is in.
    struct Found {
        var directory: Descriptor
        /// Empty for the directory itself.
        var name: RawPath
        var status: clinux_status
        var isDirectory: Bool { status.mode & S_IFMT == S_IFDIR }
    }

    /// Throws notFound with the detail `file`; `invalidParameter` for a file with a path of a directory; `SystemError`.
    func find(_ path: FilePath) throws -> Found {
        var status = clinux_status()
        if path.followsEnd {
            let directory = try open(path.whole, path.text, isDirectory: true)
            try SystemError.check(directory.use { clinux_file_status($0, "", &status) }, "stat", path.text)
            return Found(directory: directory, name: "", status: status)
        }
        let parent = root.use { clinux_file_open_in_root($0, path.parent.cString, O_RDONLY | O_DIRECTORY, 0) }
        if parent == -ENOENT || parent == -ENOTDIR || parent == -ELOOP { throw FilePath.missing(path.text) }
        let directory = Descriptor(owning: try SystemError.check(parent, "open", path.text))
        let name = path.name
        let result = directory.use { clinux_file_status($0, name.cString, &status) }
        if result == -ENOENT || result == -ENOTDIR { throw FilePath.missing(path.text) }
        try SystemError.check(result, "stat", path.text)
        return Found(directory: directory, name: name, status: status)
    }

    /// Opens a directory for reading, links followed.
    func open(_ path: RawPath, _ text: String, isDirectory: Bool) throws -> Descriptor {
        let result = root.use { clinux_file_open_in_root($0, path.cString, O_RDONLY | (isDirectory ? O_DIRECTORY : O_NONBLOCK), 0) }
        switch result {
        case -ENOENT, -ELOOP: throw FilePath.missing(text)
        case -ENOTDIR: throw RPCError(.invalidParameter, "\(text): not a directory")
        default: return Descriptor(owning: try SystemError.check(result, "open", text))
        }
    }

    func status(of path: FilePath) throws -> FileStatus {
        let found = try find(path)
        let isLink = found.status.mode & S_IFMT == S_IFLNK
        let target = isLink ? FilePath.path(try evaluate(path.components)).description : ""
        return FileStatus(
            name: path.name.description, size: found.status.size, mode: found.status.mode,
            modifiedAt: Timestamp.clamped(seconds: found.status.modified_seconds, nanoseconds: found.status.modified_nanoseconds),
            linkTarget: target)
    }

    /// The path with every link followed, as far as there is something: where a broken link would lead is part of the answer.
    func evaluate(_ path: [RawPath]) throws -> [RawPath] {
        var resolved: [RawPath] = []
        var pending = path[...]
        var links = 0
        while let next = pending.popFirst() {
            guard let target = link(next, in: resolved) else {
                resolved.append(next)
                continue
            }
            links += 1
            if links > Self.maximumLinks { throw RPCError(.invalidParameter, "too many links in \(FilePath.path(path))") }
            let start = target.hasPrefix("/") ? [] : resolved
            let rest = target.bytes.split(separator: UInt8(ascii: "/")).map { RawPath(bytes: $0) }
            (resolved, pending) = (start, (rest + pending)[...])
            while let first = pending.first, first == "." || first == ".." {
                if first == ".." { _ = resolved.popLast() }
                pending.removeFirst()
            }
        }
        return FilePath.clean(FilePath.path(resolved).bytes)
    }

    /// nil for what is no link, or isn't there.
    private func link(_ name: RawPath, in directory: [RawPath]) -> RawPath? {
        let opened = root.use { clinux_file_open_in_root($0, FilePath.path(directory).cString, O_RDONLY | O_DIRECTORY, 0) }
        guard opened >= 0 else { return nil }
        let directory = Descriptor(owning: opened)
        var status = clinux_status()
        guard directory.use({ clinux_file_status($0, name.cString, &status) }) == 0, status.mode & S_IFMT == S_IFLNK else { return nil }
        return try? FileAttributes.linkTarget(directory, name)
    }
}
