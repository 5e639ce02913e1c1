// Writes tars by libarchive.
import CArchive
import CLinux
import Glibc

/// Entries in PAX form, given to `output` in pieces of at most 256 KiB. One thread at a time.
final class TarWriter {
    private static let pieceSize: Int32 = 256 << 10

    /// Keeps what libarchive can't carry: the way out, and why it ended.
    private final class Output {
        let write: ([UInt8]) throws -> Void
        var failure: (any Error)?
        init(_ write: @escaping ([UInt8]) throws -> Void) { self.write = write }
    }

    private let archive: OpaquePointer
    private let entry: OpaquePointer
    private let output: Output

    /// Throws `UnpackError` without memory.
    init(_ write: @escaping ([UInt8]) throws -> Void) throws {
        ArchiveLocale.set()
        guard let archive = archive_write_new() else { throw UnpackError.malformed("out of memory") }
        guard let entry = archive_entry_new() else {
            archive_write_free(archive)
            throw UnpackError.malformed("out of memory")
        }
        self.archive = archive
        self.entry = entry
        output = Output(write)
        archive_write_set_format_pax_restricted(archive)
        // Docker reads attributes in this form; by default they would be there twice.
        archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY")
        archive_write_add_filter_none(archive)
        archive_write_set_bytes_per_block(archive, Self.pieceSize)
        archive_write_set_bytes_in_last_block(archive, 1)
        let context = Unmanaged.passUnretained(output).toOpaque()
        try check(
            archive_write_open(
                archive, context, nil,
                { _, context, bytes, count in
                    guard let context, let bytes else { return -1 }
                    let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                    do {
                        try output.write(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
                        return count
                    } catch {
                        output.failure = error
                        return -1
                    }
                }, nil))
    }

    deinit {
        archive_entry_free(entry)
        // Without this it would write the end mark.
        archive_write_fail(archive)
        archive_write_free(archive)
    }

    /// Begins an entry. A file's data follows by `write`, exactly as many bytes as `entry.size`.
    func add(_ tarEntry: TarEntry) throws {
        archive_entry_clear(entry)
        archive_entry_copy_pathname(entry, tarEntry.name.cString)
        archive_entry_set_mode(entry, Self.type(tarEntry.kind) | tarEntry.mode)
        archive_entry_set_uid(entry, Int64(tarEntry.uid))
        archive_entry_set_gid(entry, Int64(tarEntry.gid))
        archive_entry_set_mtime(entry, time_t(tarEntry.modifiedSeconds), Int(tarEntry.modifiedNanoseconds))
        archive_entry_set_size(entry, tarEntry.kind == .file ? tarEntry.size : 0)
        switch tarEntry.kind {
        case .symbolicLink(let target): archive_entry_copy_symlink(entry, target.cString)
        case .hardLink(let target): archive_entry_copy_hardlink(entry, target.cString)
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            archive_entry_set_rdevmajor(entry, dev_t(major))
            archive_entry_set_rdevminor(entry, dev_t(minor))
        default: break
        }
        for attribute in tarEntry.attributes {
            archive_entry_xattr_add_entry(entry, attribute.name, attribute.value, attribute.value.count)
        }
        try check(archive_write_header(archive, entry))
    }

    private static func type(_ kind: TarEntry.Kind) -> UInt32 {
        switch kind {
        case .directory: S_IFDIR
        case .symbolicLink: S_IFLNK
        case .characterDevice: S_IFCHR
        case .blockDevice: S_IFBLK
        case .fifo: S_IFIFO
        case .file, .hardLink, .unknown: S_IFREG
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while rest.count > 0 {
            let count = archive_write_data(archive, rest.baseAddress, rest.count)
            if count <= 0 { try check(ARCHIVE_FATAL) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes the end mark and what is still held back.
    func finish() throws { try check(archive_write_close(archive)) }

    private func check(_ status: Int32) throws {
        if status == ARCHIVE_OK || status == ARCHIVE_WARN { return }
        if let failure = output.failure { throw failure }
        throw UnpackError.malformed(archive_error_string(archive).map { String(cString: $0) } ?? "the archive can't be written")
    }
}
