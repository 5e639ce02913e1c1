// The bytes of a blob that have come so far, in a file that outlives the pull, the service and the machine's power.
import CLinux
import FoundationEssentials
import Glibc
import Models
import Persistence
import ServiceKit

/// A file that grows at its end. What it holds is trusted for no more than a beginning: the digest of the whole is
/// verified when it is read.
///
/// Beside it lies how much of it is durable. After a start of the machine only that much counts; before one, all that was written does.
final class PartialBlob: Sendable {
    private struct State: Codable {
        var durable: Int64
        /// The kernel's name for this run of the machine.
        var boot: String
    }

    let path: String
    private let file: Descriptor
    /// Bytes that were there when it was opened.
    let resumedLength: Int64
    /// As many of them as survive a loss of power.
    private let resumedDurable: Int64

    /// Opens or makes it. A file longer than `size` begins anew. Throws `SystemError`.
    init(paths: StorePaths, digest: ContentDigest, size: Int64) throws {
        path = paths.partial(digest.hex)
        var (opened, status) = try Self.open(path)
        var (trusted, durable) = Self.trusted(length: Int64(status.st_size), statePath: Self.statePath(path))
        // A file that the store has as a blob, too, is only ever read: what isn't all of the blob makes place for another file.
        if status.st_nlink > 1, trusted != size || Int64(status.st_size) != size {
            Self.remove(paths: paths, digest: digest)
            (opened, status) = try Self.open(path)
            (trusted, durable) = (0, 0)
        }
        file = opened
        resumedLength = trusted <= size ? trusted : 0
        resumedDurable = min(durable, resumedLength)
        guard Int64(status.st_size) != resumedLength else { return }
        if file.use({ ftruncate($0, off_t(resumedLength)) }) < 0 { throw SystemError(call: "truncate", path: path, code: errno) }
    }

    private static func open(_ path: String) throws(SystemError) -> (Descriptor, stat) {
        let number = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if number < 0 { throw SystemError(call: "open", path: path, code: errno) }
        let file = Descriptor(owning: number)
        return (file, try status(file, path))
    }

    private static func status(_ file: Descriptor, _ path: String) throws(SystemError) -> stat {
        var status = stat()
        if file.use({ fstat($0, &status) }) < 0 { throw SystemError(call: "stat", path: path, code: errno) }
        return status
    }

    static func statePath(_ path: String) -> String { "\(path).state" }

    private static func trusted(length: Int64, statePath: String) -> (length: Int64, durable: Int64) {
        guard let data = try? Data(contentsOf: URL(filePath: statePath)), let state = try? JSONDecoder().decode(State.self, from: data)
        else { return (0, 0) }
        let durable = min(length, state.durable)
        return (state.boot == bootID ? length : durable, durable)
    }

    private static let bootID = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""

    /// Adds bytes. Blocks. Throws `SystemError`.
    func append(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let (count, code) = bytes[written...].withUnsafeBytes { rest in
                file.use { (pwrite($0, rest.baseAddress, rest.count, off_t(offset) + off_t(written)), errno) }
            }
            if count < 0, code == EINTR { continue }
            if count < 0 { throw SystemError(call: "write", path: path, code: code) }
            written += count
        }
    }

    /// Says that the file is written to from now on. Blocks.
    func begin() throws {
        let state = State(durable: resumedDurable, boot: Self.bootID)
        try JSONEncoder().encode(state).write(to: URL(filePath: Self.statePath(path)), options: .atomic)
    }

    /// Has the disk work while more bytes come. Only a hint: an error shows itself when the bytes are made durable.
    func beginWriteback(from start: Int64, to end: Int64) {
        _ = file.use { clinux_layer_begin_writeback($0, start, end - start) }
    }

    /// Makes the first `length` bytes durable, and says so. Blocks. Throws `SystemError` and `FileError`.
    func checkpoint(_ length: Int64) throws {
        try file.synchronize(path)
        let state = try JSONEncoder().encode(State(durable: length, boot: Self.bootID))
        try AtomicFile.write(state, to: Self.statePath(path), mode: 0o600)
        FaultPoint.reach(RegistryFault.downloadDurable)
    }

    /// Its bytes are worth nothing: the next download begins anew. Those that the store has as a blob, too, are the store's to throw away.
    /// Throws `SystemError`.
    func clear() throws(SystemError) {
        guard try Self.status(file, path).st_nlink < 2 else {
            unlink(path)
            return
        }
        if file.use({ ftruncate($0, 0) }) < 0 { throw SystemError(call: "truncate", path: path, code: errno) }
    }

    /// Bytes from an offset on, at most `count`; empty at the end. Throws `SystemError`.
    func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat {
                let result = file.use { pread($0, buffer.baseAddress, buffer.count, off_t(offset)) }
                code = result < 0 ? errno : 0
                filled = max(0, result)
            } while code == EINTR
        }
        if code != 0 { throw SystemError(call: "read", path: path, code: code) }
        return bytes
    }

    /// Takes it away, once its blob is in the store or its bytes are worth nothing.
    static func remove(paths: StorePaths, digest: ContentDigest) {
        unlink(statePath(paths.partial(digest.hex)))
        unlink(paths.partial(digest.hex))
    }
}
