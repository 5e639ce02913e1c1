// Saves images: blobs as they came, under their digests, and the documents that say what they are.
import Contracts
import FoundationEssentials
import Glibc
import Models
import RPC

/// One save. Files are opened before the first byte is sent, so that a removal meanwhile takes nothing away from it.
struct ImageSave: Sendable {
    let store: ImageStore
    let names: [String]

    private struct Selected {
        var image: ImageRow
        var references: [ImageReference]
    }

    private struct Blob {
        var digest: ContentDigest
        var size: Int64
        var content: Content
    }

    private enum Content {
        case bytes([UInt8])
        case file(Descriptor)
    }

    /// Blocks a thread of its own while it sends. Throws `RPCError` (notFound, `invalidParameter`) before the first piece; `SystemError`.
    func run(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> [ContentDigest] {
        let output = OutboundBytes(send)
        return try await OwnThread.run { [self] in
            let catalog = store.catalog.catalog
            let selected = try select(catalog)
            var blobs: [ContentDigest: Blob] = [:]
            var index = OCIIndex(manifests: [])
            var list: [DockerArchiveImage] = []
            for entry in selected { try add(entry, catalog, &blobs, &index, &list) }
            try write(blobs, index, list, selected, output)
            return selected.map(\.image.id)
        }
    }

    // MARK: Which images

    private func select(_ catalog: Catalog) throws(RPCError) -> [Selected] {
        var selected: [Selected] = []
        for name in names {
            for (image, reference) in try Self.matches(name, catalog) {
                if let position = selected.firstIndex(where: { $0.image.id == image.id }) {
                    if let reference, !selected[position].references.contains(reference) { selected[position].references.append(reference) }
                } else {
                    selected.append(Selected(image: image, references: reference.map { [$0] } ?? []))
                }
            }
        }
        return selected
    }

    /// An ID has no name; a repository without a tag stands for all its tags.
    private static func matches(_ name: String, _ catalog: Catalog) throws(RPCError) -> [(ImageRow, ImageReference?)] {
        if let reference = try? ImageReference(parsing: name) {
            if reference.tag == nil, reference.digest == nil {
                let all = catalog.references.filter { $0.key.name == reference.name && $0.key.digest == nil }
                let ordered = all.sorted { $0.key.canonical < $1.key.canonical }
                let found = ordered.compactMap { key, id in catalog.images[id].map { ($0, key) } }
                if !found.isEmpty { return found }
            } else if let image = catalog.references[reference.key].flatMap({ catalog.images[$0] }) {
                return [(image, reference.digest == nil ? reference.key : nil)]
            }
        }
        do throws(RPCError) {
            return [(try catalog.image(named: name), nil)]
        } catch {
            throw error.code == .notFound ? RPCError(.notFound, "No such image: \(name)") : error
        }
    }

    // MARK: What they are made of

    private func add(
        _ entry: Selected, _ catalog: Catalog, _ blobs: inout [ContentDigest: Blob], _ index: inout OCIIndex,
        _ list: inout [DockerArchiveImage]
    ) throws {
        let image = entry.image
        let rows = image.blobs.compactMap { catalog.blobs[$0] }
        guard rows.count == image.blobs.count else { throw RPCError(.internalError, "image \(image.id) has lost a layer's archive") }
        for row in rows where blobs[row.digest] == nil {
            let path = store.paths.blob(row.digest.hex)
            let opened = open(path, O_RDONLY | O_CLOEXEC)
            if opened < 0 { throw SystemError(call: "open", path: path, code: errno) }
            blobs[row.digest] = Blob(digest: row.digest, size: row.size, content: .file(Descriptor(owning: opened)))
        }
        blobs[image.id] = Self.blob(image.config)
        let manifest = Self.names(image.manifest, rows) ? image.manifest : try Self.manifest(image, rows)
        let digest = ContentDigest(of: manifest)
        blobs[digest] = Self.blob(manifest)
        index.manifests += Self.descriptors(manifest, digest, entry.references)
        list.append(
            DockerArchiveImage(
                config: Self.name(image.id), repoTags: entry.references.map(\.familiar), layers: rows.map { Self.name($0.digest) }))
    }

    private static func name(_ digest: ContentDigest) -> String { "blobs/sha256/\(digest.hex)" }

    private static func blob(_ bytes: [UInt8]) -> Blob {
        Blob(digest: ContentDigest(of: bytes), size: Int64(bytes.count), content: .bytes(bytes))
    }

    /// Whether a manifest, empty for none, names the layers as they are here.
    private static func names(_ manifest: [UInt8], _ rows: [BlobRow]) -> Bool {
        let manifest = try? JSONDecoder().decode(OCIManifest.self, from: Data(manifest))
        return manifest.map { $0.layers.map(\.digest) == rows.map(\.digest) } ?? false
    }

    /// For an image that came without one.
    private static func manifest(_ image: ImageRow, _ rows: [BlobRow]) throws -> [UInt8] {
        let config = OCIDescriptor(mediaType: OCIMediaType.config, digest: image.id, size: Int64(image.config.count))
        let layers = rows.map { OCIDescriptor(mediaType: $0.mediaType, digest: $0.digest, size: $0.size) }
        return try encode(OCIManifest(config: config, layers: layers))
    }

    private static func descriptors(_ manifest: [UInt8], _ digest: ContentDigest, _ references: [ImageReference]) -> [OCIDescriptor] {
        let type = (try? JSONDecoder().decode(OCIManifest.self, from: Data(manifest)))?.mediaType ?? OCIMediaType.manifest
        let plain = OCIDescriptor(mediaType: type, digest: digest, size: Int64(manifest.count))
        if references.isEmpty { return [plain] }
        return references.map { reference in
            var named = plain
            named.annotations = [OCIAnnotation.imageName: reference.canonical, OCIAnnotation.referenceName: reference.tag ?? "latest"]
            return named
        }
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    // MARK: The tar

    private func write(
        _ blobs: [ContentDigest: Blob], _ index: OCIIndex, _ list: [DockerArchiveImage], _ selected: [Selected], _ output: OutboundBytes
    ) throws {
        let writer = try TarWriter(output.write)
        for directory in ["blobs/", "blobs/sha256/"] { try writer.add(Self.entry(directory, .directory, 0)) }
        for blob in blobs.values.sorted(by: { $0.digest.hex < $1.digest.hex }) { try write(blob, writer) }
        let repositories = Self.repositories(selected)
        let documents: [(String, [UInt8])] =
            [
                ("index.json", try Self.encode(index)), ("manifest.json", try Self.encode(list)),
                ("oci-layout", try Self.encode(OCILayoutMarker())),
            ] + (repositories.isEmpty ? [] : [("repositories", try Self.encode(repositories))])
        for (name, bytes) in documents {
            try writer.add(Self.entry(name, .file, Int64(bytes.count)))
            try bytes.withUnsafeBytes { try writer.write($0) }
        }
        try writer.finish()
    }

    /// Old clients find the uppermost layer of each tag here.
    private static func repositories(_ selected: [Selected]) -> [String: [String: String]] {
        var repositories: [String: [String: String]] = [:]
        for entry in selected {
            for reference in entry.references {
                let tag = reference.tag ?? "latest"
                repositories[reference.familiarName, default: [:]][tag] = entry.image.blobs.last?.hex ?? ""
            }
        }
        return repositories
    }

    private func write(_ blob: Blob, _ writer: TarWriter) throws {
        try writer.add(Self.entry(Self.name(blob.digest), .file, blob.size))
        switch blob.content {
        case .bytes(let bytes): try bytes.withUnsafeBytes { try writer.write($0) }
        case .file(let file):
            var buffer = [UInt8](repeating: 0, count: 256 << 10)
            var offset: Int64 = 0
            while offset < blob.size {
                let count = file.use { pread($0, &buffer, min(buffer.count, Int(blob.size - offset)), Int(offset)) }
                if count <= 0 { throw SystemError(call: "read", path: store.paths.blob(blob.digest.hex), code: count < 0 ? errno : EIO) }
                try buffer.withUnsafeBytes { try writer.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                offset += Int64(count)
            }
        }
    }

    /// Nothing in it depends on when it was made, so that the same images make the same archive.
    private static func entry(_ name: String, _ kind: TarEntry.Kind, _ size: Int64) -> TarEntry {
        TarEntry(
            name: RawPath(name), kind: kind, mode: kind == .directory ? 0o755 : 0o644, uid: 0, gid: 0, size: size, modifiedSeconds: 0,
            modifiedNanoseconds: 0, attributes: [])
    }
}
