// Decompresses xz and bzip2 by libarchive.
import CArchive

/// The decompressed bytes of a stream that libarchive has a filter for.
final class FilterSource: ByteSource {
    private static let pieceSize = 1 << 20

    private let archive: OpaquePointer
    private let feed: ArchiveFeed

    init(_ source: any ByteSource) throws {
        guard let archive = archive_read_new() else { throw CompressionError(description: "out of memory") }
        self.archive = archive
        feed = ArchiveFeed(source)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
        try check(feed.open(archive))
        var entry: OpaquePointer?
        let status = archive_read_next_header(archive, &entry)
        if status != ARCHIVE_EOF { try check(status) }
    }

    deinit { archive_read_free(archive) }

    func next() throws -> [UInt8]? {
        var count = 0
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, filled in
            count = archive_read_data(archive, buffer.baseAddress, buffer.count)
            filled = max(0, count)
        }
        if count < 0 { try check(ARCHIVE_FATAL) }
        return piece.isEmpty ? nil : piece
    }

    private func check(_ status: Int32) throws {
        if status == ARCHIVE_OK || status == ARCHIVE_WARN { return }
        if let failure = feed.failure { throw failure }
        let message = archive_error_string(archive).map { String(cString: $0) } ?? "unreadable"
        throw CompressionError(description: "the compressed stream is corrupt: \(message)")
    }
}
