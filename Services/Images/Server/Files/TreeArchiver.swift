// Puts files into a tar: a file or a whole directory, or a rw layer as the diff that it is.
import CLinux
import Contracts
import Glibc

/// Walks directories in the order of their names. One use. Blocks. What goes away on the way is left out.
struct TreeArchiver {
    /// As deep as Linux lets a path be.
    private static let maximumDepth = 2048
    private static let bufferSize = 256 << 10

    /// What stands for something else in a rw layer.
    enum Form: Equatable {
        /// Every file is what it is.
        case files
        /// Overlay's whiteouts and opaque directories become those of the OCI image specification.
        case layer
    }

    private struct Origin: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    let writer: TarWriter
    let form: Form
    /// File systems whose directories are put in without what is in them.
    var emptied: Set<UInt64> = []
    /// The container's IDs, where they aren't the host's.
    let idMap: IDMap?
    /// Names in the tar of files that have several.
    private var written: [Origin: RawPath] = [:]
    private var buffer = [UInt8](repeating: 0, count: Self.bufferSize)

    init(_ writer: TarWriter, form: Form = .files, idMap: IDMap? = nil) {
        self.writer = writer
        self.form = form
        self.idMap = idMap
    }

    /// One entry of a directory, with all below it, called `name` in the tar.
    mutating func add(_ entry: RawPath, of directory: Descriptor, as name: RawPath) throws {
        var status = clinux_status()
        let found = directory.use { clinux_file_status($0, entry.cString, &status) }
        if found == -ENOENT { return }
        try SystemError.check(found, "stat", "\(name)")
        try add(entry, status, of: directory, as: name, depth: 0)
    }

    /// What is in a directory, named below `prefix`, which is empty or ends with a slash.
    mutating func addContents(of directory: Descriptor, below prefix: RawPath, depth: Int = 0) throws {
        if depth > Self.maximumDepth { throw SystemError(call: "archive", path: "\(prefix)", code: ENAMETOOLONG) }
        let names = try DirectoryListing.names(directory, path: "\(prefix)").sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        for name in names {
            var status = clinux_status()
            let found = directory.use { clinux_file_status($0, name.cString, &status) }
            if found == -ENOENT { continue }
            try SystemError.check(found, "stat", "\(name)")
            try add(name, status, of: directory, as: RawPath(bytes: prefix.bytes + name.bytes), depth: depth)
        }
    }

    private mutating func add(
        _ entry: RawPath, _ status: clinux_status, of directory: Descriptor, as name: RawPath, depth: Int
    ) throws {
        if form == .layer, status.mode & S_IFMT == S_IFCHR, status.major == 0, status.minor == 0 {
            return try writer.add(Self.whiteout(name, status))
        }
        guard var tarEntry = try describe(entry, status, of: directory, as: name) else { return }
        let origin = Origin(device: status.device, inode: status.inode)
        if status.links > 1, tarEntry.kind != .directory {
            if let first = written[origin] {
                tarEntry.kind = .hardLink(target: first)
                return try writer.add(tarEntry)
            }
            written[origin] = name
        }
        switch tarEntry.kind {
        case .file: try addFile(tarEntry, entry, of: directory)
        case .directory where emptied.contains(status.device): try writer.add(tarEntry)
        case .directory: try addDirectory(tarEntry, entry, of: directory, depth: depth)
        default: try writer.add(tarEntry)
        }
    }

    private mutating func addDirectory(_ tarEntry: TarEntry, _ entry: RawPath, of directory: Descriptor, depth: Int) throws {
        let opened = entry.bytes.isEmpty ? directory : try Self.open(entry, directory)
        guard let opened else { return }
        try writer.add(tarEntry)
        var prefix = tarEntry.name.bytes
        if prefix.last != UInt8(ascii: "/") { prefix.append(UInt8(ascii: "/")) }
        if form == .layer, try FileAttributes.value(of: OverlayAttribute.opaque, opened, ".") == Array("y".utf8) {
            var marker = tarEntry
            marker.name = RawPath(bytes: prefix + Array(".wh..wh..opq".utf8))
            try writer.add(Self.marker(marker, mode: tarEntry.mode & 0o777, modifiedAt: 0))
        }
        try addContents(of: opened, below: RawPath(bytes: prefix), depth: depth + 1)
    }

    /// nil when it has gone.
    private static func open(_ entry: RawPath, _ directory: Descriptor) throws -> Descriptor? {
        let result = directory.use { clinux_layer_read($0, entry.cString, 1) }
        if result == -ENOENT || result == -ENOTDIR || result == -ELOOP { return nil }
        return Descriptor(owning: try SystemError.check(result, "open", "\(entry)"))
    }

    /// A file that shrinks meanwhile is filled up with zeros, and one that grows is cut: its size was told before.
    private mutating func addFile(_ tarEntry: TarEntry, _ entry: RawPath, of directory: Descriptor) throws {
        let opened = directory.use { clinux_file_open_regular($0, entry.cString) }
        if opened == -ENOENT || opened == -EINVAL { return }
        let file = Descriptor(owning: try SystemError.check(opened, "open", "\(entry)"))
        try writer.add(tarEntry)
        var offset: Int64 = 0
        while offset < tarEntry.size {
            let wanted = min(buffer.count, Int(tarEntry.size - offset))
            let count = file.use { clinux_file_read($0, &buffer, wanted, offset) }
            try SystemError.check(Int32(truncatingIfNeeded: count), "read", "\(entry)")
            if count < wanted { for index in Int(count)..<wanted { buffer[index] = 0 } }
            try buffer.withUnsafeBytes { try writer.write(UnsafeRawBufferPointer(rebasing: $0[..<wanted])) }
            offset += Int64(wanted)
        }
    }

    /// nil for a socket, which no tar has, and for what has gone. Times are whole seconds, as in Docker's tars.
    private func describe(_ entry: RawPath, _ status: clinux_status, of directory: Descriptor, as name: RawPath) throws -> TarEntry? {
        let kind: TarEntry.Kind
        switch status.mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFCHR: kind = .characterDevice(major: status.major, minor: status.minor)
        case S_IFBLK: kind = .blockDevice(major: status.major, minor: status.minor)
        case S_IFIFO: kind = .fifo
        case S_IFLNK:
            guard let target = try? FileAttributes.linkTarget(directory, entry) else { return nil }
            kind = .symbolicLink(target: target)
        default: return nil
        }
        let attributed: RawPath = entry.bytes.isEmpty ? "." : entry
        return TarEntry(
            name: name, kind: kind, mode: status.mode & 0o7777, uid: inContainer(status.uid, idMap?.users),
            gid: inContainer(status.gid, idMap?.groups), size: status.size,
            modifiedSeconds: status.modified_seconds, modifiedNanoseconds: 0,
            attributes: try FileAttributes.all(directory, attributed).filter { Self.travels($0.name) })
    }

    /// What the container's processes see: an owner without an ID there is nobody.
    private func inContainer(_ id: UInt32, _ ranges: [IDRange]?) -> UInt32 {
        guard let ranges else { return id }
        return ranges.inside(of: id) ?? Self.nobody
    }

    private static let nobody: UInt32 = 65_534

    /// Attributes that mean something elsewhere: capabilities, access lists and the users' own.
    static func travels(_ attribute: String) -> Bool {
        attribute == "security.capability" || attribute.hasPrefix("system.posix_acl_")
            || (attribute.hasPrefix("user.") && !OverlayAttribute.isReserved(attribute))
    }

    /// With the owner and time of the kernel's whiteout, as Docker writes them.
    private static func whiteout(_ name: RawPath, _ status: clinux_status) -> TarEntry {
        let cut = name.bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let entry = TarEntry(
            name: RawPath(bytes: name.bytes[..<cut] + Array(".wh.".utf8) + name.bytes[cut...]), kind: .file, mode: 0, uid: status.uid,
            gid: status.gid, size: 0, modifiedSeconds: 0, modifiedNanoseconds: 0, attributes: [])
        return marker(entry, mode: 0o600, modifiedAt: status.modified_seconds)
    }

    /// An empty file of the entry's name and owner.
    private static func marker(_ entry: TarEntry, mode: UInt32, modifiedAt: Int64) -> TarEntry {
        TarEntry(
            name: entry.name, kind: .file, mode: mode, uid: entry.uid, gid: entry.gid, size: 0, modifiedSeconds: modifiedAt,
            modifiedNanoseconds: 0, attributes: [])
    }
}
