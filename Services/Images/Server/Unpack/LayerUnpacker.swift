// Turns a tar into the files of a layer, as overlayfs wants them.
import CLinux
import Glibc

/// Unpacks one layer. One thread at a time.
///
/// Later entries replace earlier ones of the same name. Whiteouts become overlayfs's own. Nothing outside of the tree is touched,
/// whatever the archive says.
struct LayerUnpacker {
    /// What came out.
    struct Summary: Equatable, Sendable {
        /// Bytes of regular files, hard links counted once.
        var size: Int64 = 0
        var entries = 0
    }

    private let tree: LayerTree
    private let maximumEntries: Int
    private var summary = Summary()
    /// Filling a directory changes its time: these are set at the end.
    private var directoryTimes: [(path: EntryPath, seconds: Int64, nanoseconds: Int64)] = []

    init(tree: LayerTree, maximumEntries: Int) {
        self.tree = tree
        self.maximumEntries = maximumEntries
    }

    /// Reads to the end of the archive. Throws `UnpackError`, and what the reader's source throws.
    mutating func unpack(_ reader: TarReader) throws -> Summary {
        while let entry = try reader.next() {
            summary.entries += 1
            if summary.entries > maximumEntries { throw UnpackError.tooManyEntries(limit: maximumEntries) }
            try place(entry, reader)
        }
        try setDirectoryTimes()
        return summary
    }

    private mutating func place(_ entry: TarEntry, _ reader: TarReader) throws {
        let path = try EntryPath.checked(entry.name)
        if path.isRoot {
            if entry.kind == .directory { try describe(entry, path, in: try tree.directory(of: path)) }
            return
        }
        switch Whiteout(name: path.name) {
        case .bookkeeping: return
        case .opaque: return try tree.makeOpaque(try tree.directory(of: path), ".")
        case .hides(let name): return try hide(name, in: try tree.directory(of: path))
        case .none: break
        }
        let directory = try tree.directory(of: path)
        switch entry.kind {
        case .file: return try makeFile(entry, path.name, in: directory, reader)
        case .directory: try makeDirectory(path.name, in: directory)
        case .symbolicLink(let target):
            try tree.replacing(directory, path.name, "symlink") { clinux_layer_symlink(target.cString, $0, path.name.cString) }
        case .hardLink(let target): return try makeLink(to: target, path.name, in: directory)
        case .characterDevice(let major, let minor): try makeNode(0o020000, major, minor, path.name, in: directory)
        case .blockDevice(let major, let minor): try makeNode(0o060000, major, minor, path.name, in: directory)
        case .fifo: try makeNode(0o010000, 0, 0, path.name, in: directory)
        case .unknown: throw UnpackError.unsupportedEntry(entry: "\(entry.name)")
        }
        try describe(entry, path, in: directory)
    }

    /// A name that this layer has itself, too, is only hidden where it comes from below: a directory becomes opaque.
    private func hide(_ name: RawPath, in directory: Descriptor) throws {
        guard let present = try tree.look(directory, name) else {
            try LayerTree.check(directory.use { clinux_layer_node($0, name.cString, 0o020000, 0, 0) }, "make the whiteout", name)
            return
        }
        if present.isDirectory { try tree.makeOpaque(directory, name) }
    }

    private mutating func makeFile(_ entry: TarEntry, _ name: RawPath, in directory: Descriptor, _ reader: TarReader) throws {
        let file = Descriptor(owning: try tree.replacing(directory, name, "create") { clinux_layer_create($0, name.cString) })
        var written: Int64 = 0
        try reader.readData { bytes, offset in
            try LayerTree.check(file.use { clinux_layer_write($0, bytes.baseAddress, bytes.count, offset) }, "write", name)
            written = offset + Int64(bytes.count)
        }
        if written < entry.size { try LayerTree.check(file.use { clinux_layer_truncate($0, entry.size) }, "truncate", name) }
        try describe(entry, name, file)
        try setAttributes(entry, name, in: directory)
        let (size, overflow) = summary.size.addingReportingOverflow(entry.size)
        if overflow { throw UnpackError.malformed("the files' sizes add up to more than can be counted") }
        summary.size = size
    }

    /// One that is there already stays, with what is in it.
    private func makeDirectory(_ name: RawPath, in directory: Descriptor) throws {
        let made = directory.use { clinux_layer_directory($0, name.cString, 0o755) }
        guard made == -EEXIST else {
            try LayerTree.check(made, "mkdir", name)
            return
        }
        guard let present = try tree.look(directory, name), !present.isDirectory else { return }
        try tree.clear(directory, name)
        try LayerTree.check(directory.use { clinux_layer_directory($0, name.cString, 0o755) }, "mkdir", name)
        if present.isWhiteout { try tree.makeOpaque(directory, name) }
    }

    private func makeNode(_ type: UInt32, _ major: UInt32, _ minor: UInt32, _ name: RawPath, in directory: Descriptor) throws {
        try tree.replacing(directory, name, "mknod") { clinux_layer_node($0, name.cString, type | 0o600, major, minor) }
    }

    private func makeLink(to target: RawPath, _ name: RawPath, in directory: Descriptor) throws {
        guard let path = EntryPath(target) else { throw UnpackError.escapes(entry: "\(name) -> \(target)") }
        guard let from = tree.existingDirectory(of: path), try tree.look(from, path.name) != nil else {
            throw UnpackError.missingLinkTarget(entry: "\(name)", target: "\(target)")
        }
        try tree.replacing(directory, name, "link") { to in
            from.use { clinux_layer_link($0, path.name.cString, to, name.cString) }
        }
    }

    /// A file is root's from the start, unless its directory hands down something else.
    private func describe(_ entry: TarEntry, _ name: RawPath, _ file: Descriptor) throws {
        let isOwned = entry.uid == 0 && entry.gid == 0 && !tree.handsDown
        let result = file.use {
            clinux_layer_describe(
                $0, isOwned ? .max : entry.uid, isOwned ? .max : entry.gid, entry.mode, entry.modifiedSeconds, entry.modifiedNanoseconds)
        }
        try LayerTree.check(result, "set owner, permissions and time", name)
    }

    private func setAttributes(_ entry: TarEntry, _ name: RawPath, in directory: Descriptor) throws {
        for attribute in entry.attributes where !OverlayAttribute.isReserved(attribute.name) {
            try tree.setAttribute(directory, name, attribute.name, attribute.value)
        }
    }

    /// Owner before permissions and attributes: a change of owner takes set-user-ID and capabilities away.
    private mutating func describe(_ entry: TarEntry, _ path: EntryPath, in directory: Descriptor) throws {
        let name = path.name.cString
        try LayerTree.check(directory.use { clinux_layer_chown($0, name, entry.uid, entry.gid) }, "chown", path.name)
        if case .symbolicLink = entry.kind {
        } else {
            try LayerTree.check(directory.use { clinux_layer_chmod($0, name, entry.mode) }, "chmod", path.name)
        }
        try setAttributes(entry, path.name, in: directory)
        if entry.kind == .directory {
            tree.noteDirectory(mode: entry.mode, group: entry.gid)
            directoryTimes.append((path, entry.modifiedSeconds, entry.modifiedNanoseconds))
        } else {
            try touch(path, entry.modifiedSeconds, entry.modifiedNanoseconds, in: directory)
        }
    }

    private func setDirectoryTimes() throws {
        for (path, seconds, nanoseconds) in directoryTimes.reversed() {
            guard let directory = tree.existingDirectory(of: path) else { continue }
            try touch(path, seconds, nanoseconds, in: directory)
        }
    }

    private func touch(_ path: EntryPath, _ seconds: Int64, _ nanoseconds: Int64, in directory: Descriptor) throws {
        let result = directory.use { clinux_layer_touch($0, path.name.cString, seconds, nanoseconds) }
        if result != -ENOENT { try LayerTree.check(result, "set the time of", path.name) }
    }
}
