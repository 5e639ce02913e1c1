// Makes a tar's files in a tree that others may be changing at the same time.
import CLinux
import Contracts
import Glibc
import RPC

/// Every path begins and ends at the root: `..`, absolute names and links lead no further, whatever a process in the container does to
/// the tree meanwhile. The last component is never followed. One use.
struct TreeWriter {
    struct Owner: Sendable, Equatable {
        var uid: UInt32
        var gid: UInt32
    }

    let root: Descriptor
    /// Where the archive goes, absolute.
    let base: RawPath
    let keepsKinds: Bool
    /// nil leaves what the archive says.
    let owner: Owner?
    let maximumEntries: Int
    /// The container's IDs, where they aren't the host's.
    let idMap: IDMap?
    /// Filling a directory changes its time: these are set at the end.
    private var directoryTimes: [(directory: RawPath, entry: TarEntry)] = []

    init(root: Descriptor, base: RawPath, keepsKinds: Bool, owner: Owner?, maximumEntries: Int, idMap: IDMap? = nil) {
        self.root = root
        self.base = base
        self.keepsKinds = keepsKinds
        self.owner = owner
        self.maximumEntries = maximumEntries
        self.idMap = idMap
    }

    /// Reads to the end of the archive. Throws `UnpackError`, and what the reader's source throws.
    mutating func unpack(_ reader: TarReader) throws {
        var entries = 0
        while let entry = try reader.next() {
            entries += 1
            if entries > maximumEntries { throw UnpackError.tooManyEntries(limit: maximumEntries) }
            try place(entry, reader)
        }
        for (directory, entry) in directoryTimes.reversed() {
            guard let opened = try? open(directory) else { continue }
            try touch(entry, ".", in: opened)
        }
    }

    private func path(_ relative: RawPath) -> RawPath {
        relative == "." ? base : RawPath(bytes: base.bytes + [UInt8(ascii: "/")] + relative.bytes)
    }

    private func open(_ path: RawPath) throws -> Descriptor {
        Descriptor(owning: try LayerTree.check(root.use { clinux_layer_open($0, path.cString) }, "open the directory", path))
    }

    private mutating func place(_ entry: TarEntry, _ reader: TarReader) throws {
        let path = try EntryPath.checked(entry.name)
        // The directory that was asked for is there and stays as it is.
        if path.isRoot { return }
        let directory = try parent(of: path)
        try makeRoom(entry, path.name, in: directory)
        switch entry.kind {
        case .file: try makeFile(entry, path.name, in: directory, reader)
        case .directory: try makeDirectory(entry, path, in: directory)
        case .symbolicLink(let target):
            try check(directory.use { clinux_layer_symlink(target.cString, $0, path.name.cString) }, "symlink", path)
        case .hardLink(let target): return try makeLink(to: target, path, in: directory)
        case .characterDevice(let major, let minor): try makeNode(S_IFCHR, major, minor, path, in: directory)
        case .blockDevice(let major, let minor): try makeNode(S_IFBLK, major, minor, path, in: directory)
        case .fifo: try makeNode(S_IFIFO, 0, 0, path, in: directory)
        case .unknown: throw UnpackError.unsupportedEntry(entry: "\(entry.name)")
        }
        try describe(entry, path.name, in: directory)
    }

    private func check(_ result: Int32, _ call: String, _ path: EntryPath) throws {
        try LayerTree.check(result, call, path.name)
    }

    /// Directories that the archive doesn't have itself are root's.
    private func parent(of path: EntryPath) throws -> Descriptor {
        if let there = try? open(self.path(path.parent)) { return there }
        for ancestor in path.ancestors {
            guard let place = EntryPath(ancestor) else { throw UnpackError.escapes(entry: "\(ancestor)") }
            let above = try open(self.path(place.parent))
            let made = above.use { clinux_layer_directory($0, place.name.cString, 0o755) }
            if made != -EEXIST {
                try LayerTree.check(made, "mkdir", ancestor)
                try LayerTree.check(above.use { clinux_file_chmod($0, place.name.cString, 0o755) }, "chmod", ancestor)
            }
        }
        return try open(self.path(path.parent))
    }

    /// Takes away what has the name, unless both are directories.
    private func makeRoom(_ entry: TarEntry, _ name: RawPath, in directory: Descriptor) throws {
        var status = clinux_status()
        let found = directory.use { clinux_file_status($0, name.cString, &status) }
        if found == -ENOENT { return }
        try LayerTree.check(found, "lstat", name)
        let isDirectory = status.mode & S_IFMT == S_IFDIR
        if isDirectory, entry.kind == .directory { return }
        if keepsKinds, isDirectory {
            throw UnpackError.kind("cannot overwrite directory \"\(name)\" with non-directory \"\(base)\"")
        }
        if keepsKinds, entry.kind == .directory {
            throw UnpackError.kind("cannot overwrite non-directory \"\(name)\" with directory \"\(base)\"")
        }
        try TreeRemoval.remove(name, from: directory)
    }

    private func makeFile(_ entry: TarEntry, _ name: RawPath, in directory: Descriptor, _ reader: TarReader) throws {
        let file = Descriptor(owning: try LayerTree.check(directory.use { clinux_layer_create($0, name.cString) }, "create", name))
        var written: Int64 = 0
        try reader.readData { bytes, offset in
            try LayerTree.check(file.use { clinux_layer_write($0, bytes.baseAddress, bytes.count, offset) }, "write", name)
            written = offset + Int64(bytes.count)
        }
        if written < entry.size { try LayerTree.check(file.use { clinux_layer_truncate($0, entry.size) }, "truncate", name) }
    }

    private mutating func makeDirectory(_ entry: TarEntry, _ path: EntryPath, in directory: Descriptor) throws {
        let made = directory.use { clinux_layer_directory($0, path.name.cString, 0o700) }
        if made != -EEXIST { try check(made, "mkdir", path) }
        let relative = path.parent == "." ? path.name : RawPath(bytes: path.parent.bytes + [UInt8(ascii: "/")] + path.name.bytes)
        directoryTimes.append((self.path(relative), entry))
    }

    private func makeNode(_ type: UInt32, _ major: UInt32, _ minor: UInt32, _ path: EntryPath, in directory: Descriptor) throws {
        try check(directory.use { clinux_layer_node($0, path.name.cString, type | 0o600, major, minor) }, "mknod", path)
    }

    /// A link's target counts from where the archive goes.
    private func makeLink(to target: RawPath, _ path: EntryPath, in directory: Descriptor) throws {
        guard let place = EntryPath(target) else { throw UnpackError.escapes(entry: "\(path.name) -> \(target)") }
        guard let from = try? open(self.path(place.parent)) else {
            throw UnpackError.missingLinkTarget(entry: "\(path.name)", target: "\(target)")
        }
        let result = from.use { from in directory.use { clinux_layer_link(from, place.name.cString, $0, path.name.cString) } }
        if result == -ENOENT { throw UnpackError.missingLinkTarget(entry: "\(path.name)", target: "\(target)") }
        try check(result, "link", path)
    }

    /// Owner before permissions and attributes: a change of owner takes set-user-ID and capabilities away.
    private func describe(_ entry: TarEntry, _ name: RawPath, in directory: Descriptor) throws {
        let owner = try onHost(owner ?? Owner(uid: entry.uid, gid: entry.gid))
        try LayerTree.check(directory.use { clinux_layer_chown($0, name.cString, owner.uid, owner.gid) }, "chown", name)
        if case .symbolicLink = entry.kind {
        } else {
            try LayerTree.check(directory.use { clinux_file_chmod($0, name.cString, entry.mode) }, "chmod", name)
        }
        for attribute in entry.attributes where TreeArchiver.travels(attribute.name) {
            let result = directory.use { clinux_layer_setxattr($0, name.cString, attribute.name, attribute.value, attribute.value.count) }
            if result != -ENOTSUP { try LayerTree.check(result, "set the extended attribute \(attribute.name)", name) }
        }
        if entry.kind != .directory { try touch(entry, name, in: directory) }
    }

    /// Throws in Docker's words for an ID that the container doesn't have.
    private func onHost(_ owner: Owner) throws -> Owner {
        guard let idMap else { return owner }
        guard let uid = idMap.users.outside(of: owner.uid) else { throw Self.unmapped(owner.uid) }
        guard let gid = idMap.groups.outside(of: owner.gid) else { throw Self.unmapped(owner.gid) }
        return Owner(uid: uid, gid: gid)
    }

    private static func unmapped(_ id: UInt32) -> RPCError {
        RPCError(.invalidParameter, "Container ID \(id) cannot be mapped to a host ID")
    }

    private func touch(_ entry: TarEntry, _ name: RawPath, in directory: Descriptor) throws {
        let result = directory.use { clinux_layer_touch($0, name.cString, entry.modifiedSeconds, entry.modifiedNanoseconds) }
        if result != -ENOENT { try LayerTree.check(result, "set the time of", name) }
    }
}
