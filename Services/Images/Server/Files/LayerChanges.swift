// What a container changed of its image, and its whole root: read from its layers, whether or not it runs.
import CLinux
import Contracts
import Glibc
import RPC

/// Looks at the rw layer beside the layers below it. Blocks.
struct LayerChanges {
    /// The rw layer.
    let upper: Descriptor
    /// The layers below, as one.
    let lower: Descriptor
    private var changes: [FileChange] = []
    private var changedDirectories: Set<RawPath> = []

    init(upper: Descriptor, lower: Descriptor) {
        self.upper = upper
        self.lower = lower
    }

    /// In the order of a walk; directories come before what is in them. Throws `SystemError`.
    mutating func list() throws(SystemError) -> [FileChange] {
        try walk(upper, below: "", hidesLower: false, depth: 0)
        return changes
    }

    /// `hidesLower`: what the layers below have in the directory isn't seen through it.
    private mutating func walk(
        _ directory: Descriptor, below prefix: RawPath, hidesLower: Bool, depth: Int
    ) throws(SystemError) {
        let own = try DirectoryListing.names(directory, path: "\(prefix)")
        let hidden = hidesLower ? try lowerNames(prefix).subtracting(own) : []
        for name in (own + hidden).sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) where depth < 2048 {
            let path = RawPath(bytes: prefix.bytes + [UInt8(ascii: "/")] + name.bytes)
            if hidden.contains(name) {
                note(path, .deleted, parent: prefix)
                continue
            }
            var status = clinux_status()
            guard directory.use({ clinux_file_status($0, name.cString, &status) }) == 0 else { continue }
            note(path, parent: prefix, status)
            guard status.mode & S_IFMT == S_IFDIR else { continue }
            let opened = directory.use { clinux_layer_read($0, name.cString, 1) }
            if opened < 0 { continue }
            let isOpaque = try FileAttributes.value(of: OverlayAttribute.opaque, directory, name) == Array("y".utf8)
            try walk(Descriptor(owning: opened), below: path, hidesLower: hidesLower || isOpaque, depth: depth + 1)
        }
    }

    /// Empty for what is no directory there, or isn't there at all.
    private func lowerNames(_ path: RawPath) throws(SystemError) -> Set<RawPath> {
        var directory = lower
        for name in path.bytes.split(separator: UInt8(ascii: "/")) {
            let opened = directory.use { clinux_layer_read($0, RawPath(bytes: name).cString, 1) }
            guard opened >= 0 else { return [] }
            directory = Descriptor(owning: opened)
        }
        return Set(try DirectoryListing.names(directory, path: "\(path)"))
    }

    private mutating func note(_ path: RawPath, parent: RawPath, _ status: clinux_status) {
        let isDeleted = status.mode & S_IFMT == S_IFCHR && status.major == 0 && status.minor == 0
        let below = statusBelow(path)
        if !isDeleted, let below, Self.isSameDirectory(status, below) { return }
        let kind: FileChange.Kind = isDeleted ? .deleted : below == nil ? .added : .modified
        if status.mode & S_IFMT == S_IFDIR { changedDirectories.insert(path) }
        note(path, kind, parent: parent)
    }

    private mutating func note(_ path: RawPath, _ kind: FileChange.Kind, parent: RawPath) {
        // A directory in which something came or went is itself changed.
        if kind != .modified, !parent.bytes.isEmpty, changedDirectories.insert(parent).inserted {
            changes.append(FileChange(path: "\(parent)", kind: .modified))
        }
        changes.append(FileChange(path: "\(path)", kind: kind))
    }

    private func statusBelow(_ path: RawPath) -> clinux_status? {
        let place = FilePath(path.description).components
        guard !place.isEmpty, let name = place.last else { return nil }
        let parent = FilePath.path(place.dropLast())
        let opened = lower.use { clinux_layer_open($0, parent.cString) }
        guard opened >= 0 else { return nil }
        var status = clinux_status()
        return Descriptor(owning: opened).use { clinux_file_status($0, name.cString, &status) } == 0 ? status : nil
    }

    private static func isSameDirectory(_ one: clinux_status, _ other: clinux_status) -> Bool {
        one.mode & S_IFMT == S_IFDIR && one.mode == other.mode && one.uid == other.uid && one.gid == other.gid
            && one.modified_seconds == other.modified_seconds && one.modified_nanoseconds == other.modified_nanoseconds
    }
}

/// Reads a container's layers without its mounts. Nothing of it disturbs a container that runs.
struct LayerReading: Sendable {
    let store: ImageStore
    let containerID: String

    private func snapshot() throws(RPCError) -> SnapshotRecord {
        let catalog = store.catalog.catalog
        guard let row = catalog.snapshots[containerID] else { throw RPCError(.notFound, "container \(containerID) has no snapshot") }
        return catalog.record(of: row, paths: store.paths)
    }

    func changes() async throws -> [FileChange] {
        let snapshot = try snapshot()
        return try await ContainerTree(paths: store.paths, snapshot: snapshot, layers: .image).run { lower in
            var changes = LayerChanges(upper: try Descriptor.directory(snapshot.upper), lower: lower)
            return try changes.list()
        }
    }

    func export(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        let bytes = OutboundBytes(send)
        try await ContainerTree(paths: store.paths, snapshot: try snapshot(), layers: .view).run { root in
            let writer = try TarWriter(bytes.write)
            var archiver = TreeArchiver(writer)
            try archiver.addContents(of: root, below: "")
            try writer.finish()
        }
    }
}
