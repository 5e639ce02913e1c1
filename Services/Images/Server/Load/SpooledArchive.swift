// An uploaded archive of images, its members as files: they may come in any order and are needed in another.
import Models

/// The members of a docker-archive or an OCI layout, in the ingest's staging directory.
struct SpooledArchive: Sendable {
    enum Member: Sendable, Equatable {
        case file(path: String, size: Int64)
        case link(to: RawPath)
    }

    struct File: Sendable, Equatable {
        var path: String
        var size: Int64
    }

    private(set) var members: [RawPath: Member] = [:]
    /// A name may come more than once; the last one counts.
    private var entries = 0

    /// Reads an archive, compressed or not, to its end. Blocks. `directory` takes the files.
    /// Throws `UnpackError`, `IngestLimitError`, `CompressionError`, `SystemError`, and what the source throws.
    static func read(_ source: any ByteSource, into directory: String, limits: IngestLimits) throws -> SpooledArchive {
        let peeked = try PeekedSource(source, count: Compression.prefixLength)
        let compressed = CountSource(peeked)
        let plain = LimitSource(
            try Compression(prefix: peeked.prefix).decompress(compressed), compressed: compressed,
            maximumSize: limits.maximumArchiveSize, limits: limits)
        let reader = try TarReader(plain)
        var archive = SpooledArchive()
        while let entry = try reader.next() {
            archive.entries += 1
            if archive.entries > limits.maximumMembers { throw UnpackError.tooManyEntries(limit: limits.maximumMembers) }
            try archive.add(entry, reader, directory)
        }
        try plain.drain()
        try compressed.drain()
        return archive
    }

    private mutating func add(_ entry: TarEntry, _ reader: TarReader, _ directory: String) throws {
        let path = try EntryPath.checked(entry.name)
        switch entry.kind {
        case .directory: return
        case .file:
            let sink = try FileSink(creating: "\(directory)/member-\(entries)")
            try reader.readData { bytes, offset in
                // A hole would be zeros that nobody sent.
                guard offset == sink.size else { throw UnpackError.malformed("member \"\(entry.name)\" is sparse") }
                try sink.write(bytes)
            }
            guard sink.size == entry.size else { throw UnpackError.malformed("member \"\(entry.name)\" is incomplete") }
            set(path, .file(path: sink.path, size: sink.size))
        case .hardLink(let target): set(path, .link(to: try Self.key(target, of: entry)))
        case .symbolicLink(let target):
            let isAbsolute = target.hasPrefix("/")
            let relative = isAbsolute ? target : RawPath(bytes: path.parent.bytes + [UInt8(ascii: "/")] + target.bytes)
            set(path, .link(to: try Self.key(relative, of: entry)))
        default: throw UnpackError.unsupportedEntry(entry: "\(entry.name)")
        }
    }

    private mutating func set(_ path: EntryPath, _ member: Member) { members[Self.key(path)] = member }

    private static func key(_ path: EntryPath) -> RawPath {
        path.parent == "." ? path.name : RawPath(bytes: path.parent.bytes + [UInt8(ascii: "/")] + path.name.bytes)
    }

    private static func key(_ target: RawPath, of entry: TarEntry) throws(UnpackError) -> RawPath {
        guard let path = EntryPath(target) else { throw .escapes(entry: "\(entry.name) -> \(target)") }
        return key(path)
    }

    private static let maximumHops = 8

    /// A member by its name, links followed; nil when there is none.
    func file(_ name: String) -> File? {
        guard let path = EntryPath(RawPath(name)) else { return nil }
        var key = Self.key(path)
        for _ in 0..<Self.maximumHops {
            switch members[key] {
            case .file(let path, let size): return File(path: path, size: size)
            case .link(let target): key = target
            case nil: return nil
            }
        }
        return nil
    }
}
