// Hands a byte source to libarchive.
import CArchive
import Glibc

/// Keeps the piece that libarchive is reading, and the error that ended the source, which libarchive itself can't carry.
final class ArchiveFeed {
    private let source: any ByteSource
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 16)
    private(set) var failure: (any Error)?

    init(_ source: any ByteSource) { self.source = source }

    deinit { buffer.deallocate() }

    /// Begins reading; the feed must live as long as the archive is read. Returns libarchive's status.
    func open(_ archive: OpaquePointer) -> Int32 {
        let context = Unmanaged.passUnretained(self).toOpaque()
        return archive_read_open(
            archive, context, nil,
            { _, context, piece in
                guard let context else { return -1 }
                return Unmanaged<ArchiveFeed>.fromOpaque(context).takeUnretainedValue().fill(piece)
            }, nil)
    }

    private func fill(_ piece: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
        do {
            guard let bytes = try source.next() else { return 0 }
            if buffer.count < bytes.count {
                buffer.deallocate()
                buffer = .allocate(byteCount: bytes.count, alignment: 16)
            }
            buffer.copyBytes(from: bytes)
            piece?.pointee = UnsafeRawPointer(buffer.baseAddress)
            return bytes.count
        } catch {
            failure = error
            return -1
        }
    }
}

/// libarchive converts names between the archive's character set and the locale's; only with UTF-8 do all names come through.
enum ArchiveLocale {
    private static let once: Void = {
        _ = setlocale(LC_CTYPE, "C.UTF-8")
    }()

    static func set() { once }
}
