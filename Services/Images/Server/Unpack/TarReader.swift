// Reads tars from a byte source by libarchive.
import CArchive

/// The entries of a tar, in order. One thread at a time.
final class TarReader {
    private let archive: OpaquePointer
    private let feed: ArchiveFeed
    private let entry: OpaquePointer

    /// Reads plain tars only; decompression comes before. Throws `UnpackError`.
    convenience init(_ source: any ByteSource) throws {
        try self.init(source) { archive in
            archive_read_support_format_tar(archive)
            archive_read_support_format_empty(archive)
        }
    }

    private init(_ source: any ByteSource, configure: (OpaquePointer) -> Void) throws {
        ArchiveLocale.set()
        guard let archive = archive_read_new() else { throw UnpackError.malformed("out of memory") }
        guard let entry = archive_entry_new() else {
            archive_read_free(archive)
            throw UnpackError.malformed("out of memory")
        }
        self.archive = archive
        self.entry = entry
        feed = ArchiveFeed(source)
        configure(archive)
        try check(feed.open(archive))
    }

    deinit {
        archive_entry_free(entry)
        archive_read_free(archive)
    }

    /// The next entry, or nil at the end. Data of the previous one that wasn't read is skipped.
    func next() throws -> TarEntry? {
        let status = archive_read_next_header2(archive, entry)
        if status == ARCHIVE_EOF { return nil }
        try check(status, isHeader: true)
        return try describe()
    }

    /// Gives each piece of the current entry's data and the offset it belongs at; holes are left out.
    func readData(_ take: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        while true {
            var bytes: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let status = archive_read_data_block(archive, &bytes, &count, &offset)
            if status == ARCHIVE_EOF { return }
            try check(status)
            if count > 0 { try take(UnsafeRawBufferPointer(start: bytes, count: count), offset) }
        }
    }

    /// A warning is fatal when it means that a name was altered.
    private func check(_ status: Int32, isHeader: Bool = false) throws {
        if status == ARCHIVE_OK { return }
        if let failure = feed.failure { throw failure }
        let message = archive_error_string(archive).map { String(cString: $0) } ?? "unreadable"
        let altersName = isHeader && (message.hasPrefix("Pathname") || message.hasPrefix("Linkname"))
        if status == ARCHIVE_WARN && !altersName { return }
        throw UnpackError.malformed(message)
    }

    private func describe() throws -> TarEntry {
        guard let name = archive_entry_pathname(entry).map({ RawPath(cString: $0) }) else {
            throw UnpackError.malformed("an entry's name can't be represented")
        }
        return TarEntry(
            name: name, kind: try kind(of: name), mode: archive_entry_perm(entry),
            uid: try owner(archive_entry_uid(entry), name), gid: try owner(archive_entry_gid(entry), name),
            size: max(0, archive_entry_size(entry)), modifiedSeconds: Int64(archive_entry_mtime(entry)),
            modifiedNanoseconds: Int64(archive_entry_mtime_nsec(entry)), attributes: attributes())
    }

    private func kind(of name: RawPath) throws -> TarEntry.Kind {
        if let target = archive_entry_hardlink(entry) { return .hardLink(target: RawPath(cString: target)) }
        switch archive_entry_filetype(entry) {
        case 0o100000: return .file
        case 0o040000: return .directory
        case 0o120000:
            guard let target = archive_entry_symlink(entry) else { throw UnpackError.malformed("link \"\(name)\" has no target") }
            return .symbolicLink(target: RawPath(cString: target))
        case 0o020000: return .characterDevice(major: device(archive_entry_rdevmajor), minor: device(archive_entry_rdevminor))
        case 0o060000: return .blockDevice(major: device(archive_entry_rdevmajor), minor: device(archive_entry_rdevminor))
        case 0o010000: return .fifo
        default: return .unknown
        }
    }

    private func device(_ number: (OpaquePointer?) -> dev_t) -> UInt32 { UInt32(truncatingIfNeeded: number(entry)) }

    private func owner(_ id: Int64, _ name: RawPath) throws -> UInt32 {
        guard let id = UInt32(exactly: id), id != UInt32.max else {
            throw UnpackError.malformed("entry \"\(name)\" has an owner that Linux can't represent (\(id))")
        }
        return id
    }

    private func attributes() -> [TarEntry.Attribute] {
        var attributes: [TarEntry.Attribute] = []
        archive_entry_xattr_reset(entry)
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while archive_entry_xattr_next(entry, &name, &value, &count) == ARCHIVE_OK {
            guard let name else { continue }
            let bytes = UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : count)
            attributes.append(.init(name: String(cString: name), value: Array(bytes)))
        }
        return attributes
    }
}
