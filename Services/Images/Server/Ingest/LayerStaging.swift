// One layer on its way in: bytes → digest → decompress → digest of the diff → files, as two threads with a pipe between them.
import CLinux
import Models
import ServiceKit
import Synchronization

/// Where a layer's tar comes from, and what it must turn out to be.
struct LayerInput: Sendable {
    /// Called once, on the reading thread.
    var open: @Sendable () throws -> any ByteSource
    /// The file that holds exactly these bytes, on the store's file system: it becomes the blob, without a copy.
    var adoptable: String?
    var expectedBlob: ContentDigest?
    var expectedDiffID: ContentDigest?
}

/// A layer in the staging directory, verified but not yet durable.
struct StagedLayer: Sendable {
    /// Holds `diff`; becomes the layer's directory.
    var directory: String
    var diffID: ContentDigest
    var size: Int64
    var blobPath: String
    var blob: BlobRow
}

/// Content that isn't what its name says.
struct DigestMismatch: Error, Sendable, Equatable, CustomStringConvertible {
    var what: String
    var expected: ContentDigest
    var found: ContentDigest

    var description: String { "\(what) is corrupt: expected \(expected), found \(found)" }

    static func check(_ what: String, expected: ContentDigest?, found: ContentDigest) throws(DigestMismatch) {
        if let expected, expected != found { throw DigestMismatch(what: what, expected: expected, found: found) }
    }
}

/// Unpacks layers into a staging directory.
struct LayerStaging: Sendable {
    /// Of this ingest alone.
    let directory: String
    let trash: Trash
    let limits: IngestLimits

    /// Runs a layer through all stages; `index` is its own number within the ingest. Cancellation stops both threads.
    /// Throws `UnpackError`, `IngestLimitError`, `CompressionError`, `DigestMismatch`, `SystemError`, and what the source throws.
    func stage(_ input: LayerInput, index: Int) async throws -> StagedLayer {
        let passage = Passage()
        let layer = "\(directory)/layer-\(index)"
        let copy = "\(directory)/blob-\(index)"
        return try await withTaskCancellationHandler {
            async let reading = Self.result { try read(input, copy: copy, into: passage) }
            async let unpacking = Self.result { try unpack(passage, into: layer) }
            let (blob, unpacked) = await (reading, unpacking)
            let (unpackedDigest, summary) = try unpacked.get()
            let staged = try blob.get()
            let diffID = unpackedDigest ?? staged.digest
            try DigestMismatch.check("the layer's content", expected: input.expectedDiffID, found: diffID)
            FaultPoint.reach(ImageFault.layerUnpacked)
            return StagedLayer(
                directory: layer, diffID: diffID, size: summary.size, blobPath: staged.path,
                blob: BlobRow(digest: staged.digest, diffID: diffID, size: staged.size, mediaType: staged.mediaType))
        } onCancel: {
            passage.pipe.finish(.failure(CancellationError()))
            passage.pipe.abandon()
        }
    }

    private static func result<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async -> Result<R, any Error> {
        do {
            return .success(try await BlockingWork.run(body))
        } catch {
            return .failure(error)
        }
    }

    /// From the first thread to the second.
    private final class Passage: Sendable {
        let pipe = BoundedPipe()
        /// The first thread's digest is that of the plain bytes, too. Set before there are any.
        let isPlain = Atomic(false)
    }

    private struct ReadBlob: Sendable {
        var path: String
        var digest: ContentDigest
        var size: Int64
        var mediaType: String
    }

    /// The first thread: reads, hashes and keeps the blob, and decompresses it into the pipe.
    private func read(_ input: LayerInput, copy: String, into passage: Passage) throws -> ReadBlob {
        do {
            let blob = try readBlob(input, copy: copy, into: passage)
            passage.pipe.finish()
            return blob
        } catch {
            passage.pipe.finish(.failure(error))
            throw error
        }
    }

    private func readBlob(_ input: LayerInput, copy: String, into passage: Passage) throws -> ReadBlob {
        let peeked = try PeekedSource(input.open(), count: Compression.prefixLength)
        let compression = Compression(prefix: peeked.prefix)
        let mediaType = compression.layerMediaType
        passage.isPlain.store(mediaType == nil || compression == .none, ordering: .releasing)
        let adopted = mediaType == nil ? nil : input.adoptable
        let sink = adopted == nil ? try FileSink(creating: copy) : nil
        let raw = DigestSource(peeked, copyingTo: mediaType == nil ? nil : sink)
        let limited = LimitSource(
            try compression.decompress(raw), compressed: raw, maximumSize: limits.maximumLayerSize, limits: limits)
        let plain = DigestSource(limited, copyingTo: mediaType == nil ? sink : nil)
        let output: any ByteSource = mediaType == nil ? plain : limited
        while let piece = try output.next() { try passage.pipe.put(piece) }
        try raw.drain()
        try DigestMismatch.check("the layer", expected: input.expectedBlob, found: raw.digest)
        let kept = mediaType == nil ? plain : raw
        return ReadBlob(path: adopted ?? copy, digest: kept.digest, size: kept.count, mediaType: mediaType ?? OCIMediaType.layer)
    }

    /// The second thread: hashes what was decompressed and makes the files. The digest is nil when it is the first thread's.
    private func unpack(_ passage: Passage, into layer: String) throws -> (ContentDigest?, LayerUnpacker.Summary) {
        do {
            let root = "\(layer)/\(StorePaths.diff)"
            try NewDirectory.make(layer, 0o700)
            try NewDirectory.make(root, 0o755)
            let pieces = try PeekedSource(passage.pipe, count: 1)
            let digest = passage.isPlain.load(ordering: .acquiring) ? nil : DigestSource(pieces)
            let plain: any ByteSource = digest ?? pieces
            var unpacker = LayerUnpacker(tree: try LayerTree(path: root, trash: trash), maximumEntries: limits.maximumEntries)
            let summary = try unpacker.unpack(TarReader(plain))
            try plain.drain()
            return (digest?.digest, summary)
        } catch {
            passage.pipe.abandon()
            throw error
        }
    }
}
