// Compresses for tests, by libarchive.
import CArchive
@testable import ImagesServer
import Testing

enum Compressed {
    enum Format: String, CaseIterable, Sendable {
        case plain, gzip, zstd, xz, bzip2
    }

    static func bytes(_ content: [UInt8], _ format: Format) throws -> [UInt8] {
        let archive = try #require(archive_write_new())
        defer { archive_write_free(archive) }
        switch format {
        case .plain: return content
        case .gzip:
            archive_write_add_filter_gzip(archive)
            // The same bytes at any time.
            archive_write_set_options(archive, "gzip:!timestamp")
        case .zstd: archive_write_add_filter_zstd(archive)
        case .xz: archive_write_add_filter_xz(archive)
        case .bzip2: archive_write_add_filter_bzip2(archive)
        }
        archive_write_set_format_raw(archive)
        archive_write_set_bytes_in_last_block(archive, 1)
        var output = [UInt8](repeating: 0, count: content.count + 65_536)
        var used = 0
        let capacity = output.count
        try output.withUnsafeMutableBytes { buffer in
            try #require(archive_write_open_memory(archive, buffer.baseAddress, capacity, &used) == ARCHIVE_OK)
            let entry = try #require(archive_entry_new())
            defer { archive_entry_free(entry) }
            archive_entry_set_filetype(entry, 0o100000)
            try #require(archive_write_header(archive, entry) == ARCHIVE_OK)
            try #require(archive_write_data(archive, content, content.count) == content.count)
            try #require(archive_write_close(archive) == ARCHIVE_OK)
        }
        return Array(output.prefix(used))
    }
}

/// Pieces of bytes as a source.
final class BytesSource: ByteSource {
    private var pieces: ArraySlice<[UInt8]>

    init(_ bytes: [UInt8], pieceSize: Int = 1 << 16) {
        pieces = stride(from: 0, to: bytes.count, by: pieceSize).map { Array(bytes[$0..<min($0 + pieceSize, bytes.count)]) }[...]
    }

    func next() -> [UInt8]? { pieces.popFirst() }
}

extension ByteSource {
    func all() throws -> [UInt8] {
        var all: [UInt8] = []
        while let piece = try next() { all += piece }
        return all
    }
}
