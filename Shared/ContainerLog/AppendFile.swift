// A log file held open for appending whole lines.
import Glibc

/// Keeps a file a sequence of whole lines, through short writes, a full disk, and a predecessor that died in the middle of one.
final class AppendFile {
    private(set) var size: Int64
    private let group: UInt32?
    private let descriptor: Int32
    /// The file ends in the middle of a line.
    private var isTorn: Bool

    /// Opens or creates the file.
    convenience init(path: String, group: UInt32?) throws(LogFailure) {
        try self.init(path: path, group: group, flags: 0)
    }

    /// An empty file in the place of one that may be there, like this one otherwise.
    func fresh(at path: String) throws(LogFailure) -> AppendFile { try AppendFile(path: path, group: group, flags: O_TRUNC) }

    private init(path: String, group: UInt32?, flags: Int32) throws(LogFailure) {
        self.group = group
        size = 0
        isTorn = false
        descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0o640)
        guard descriptor >= 0 else { throw LogFailure(operation: "open", path: path, errno: errno) }
        if let group, fchown(descriptor, uid_t.max, group) != 0 {
            throw LogFailure(operation: "chown", path: path, errno: errno)
        }
        refreshSize()
        isTorn = !endsWithNewline()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func refreshSize() {
        var status = stat()
        if fstat(descriptor, &status) == 0 { size = Int64(status.st_size) }
    }

    /// Appends lines; returns how many of them are lost.
    func append(_ lines: ArraySlice<UInt8>) -> UInt64 {
        if isTorn, write([UInt8(ascii: "\n")]) == 1 {
            size += 1
            isTorn = false
        }
        if isTorn { return lines.newlineCount }
        let written = write(lines)
        size += Int64(written)
        return written == lines.count ? 0 : cutToWholeLines(lines, written: written)
    }

    /// After a short write: takes back the part of a line, and counts what is lost.
    private func cutToWholeLines(_ lines: ArraySlice<UInt8>, written: Int) -> UInt64 {
        let whole = lines.prefix(written).lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 - lines.startIndex } ?? 0
        if whole < written {
            isTorn = ftruncate(descriptor, off_t(size) - off_t(written - whole)) != 0
            refreshSize()
        }
        return lines.dropFirst(whole).newlineCount
    }

    private func write(_ bytes: ArraySlice<UInt8>) -> Int {
        var done = 0
        bytes.withUnsafeBytes { buffer in
            while done < buffer.count {
                let result = Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                if result < 0 && errno == EINTR { continue }
                guard result > 0 else { break }
                done += result
            }
        }
        return done
    }

    private func endsWithNewline() -> Bool {
        guard size > 0 else { return true }
        var byte: UInt8 = 0
        return pread(descriptor, &byte, 1, off_t(size - 1)) == 1 && byte == UInt8(ascii: "\n")
    }
}
