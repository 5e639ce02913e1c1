// The downloads that one pull takes part in.
import Models
import Synchronization

/// Remembers what was joined, so that all of it is left at once: files stay until the image that they are for is on record.
final class JoinedDownloads: Sendable {
    let downloads: Downloads
    private let digests = Mutex<[ContentDigest]>([])

    init(_ downloads: Downloads) { self.downloads = downloads }

    /// Throws `SystemError`.
    func join(_ descriptor: OCIDescriptor, _ make: @Sendable (BlobDownload) -> BlobFetch) async throws -> BlobDownload {
        let download = try await downloads.join(descriptor, make)
        digests.withLock { $0.append(descriptor.digest) }
        return download
    }

    /// `isStored`: the store has the blobs now.
    func leave(isStored: Bool) async {
        let digests = digests.withLock { digests in
            defer { digests = [] }
            return digests
        }
        for digest in digests { await downloads.leave(digest, isStored: isStored) }
    }
}
