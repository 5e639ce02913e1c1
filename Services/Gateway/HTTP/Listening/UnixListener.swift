// A listening Unix socket that appears at its path only when it is ready, and replaces what a dead engine left there.
import CLinux
import Glibc
import ServiceKit

/// The API's socket file. A lock beside it says whose it is, because a file alone doesn't tell whether anyone listens.
struct UnixListener: Sendable {
    static let backlog: Int32 = 256

    let path: String
    /// The listening socket, for the server to close.
    let descriptor: Int32
    private let lock: Int32
    private let file: UnixSocketFile?

    /// Errors: `ListenError`.
    init(path: String, mode: UInt32, group: String?) throws {
        lock = try Self.takeLock(path + ".lock")
        do {
            descriptor = try Self.listen(path, mode: mode, group: group)
        } catch {
            Glibc.close(lock)
            throw error
        }
        self.path = path
        file = UnixSocketFile(path: path)
    }

    /// Removes the file, so that clients are refused at once, and gives up the lock.
    func remove() {
        file?.remove()
        Glibc.close(lock)
    }

    /// The lock goes with the process, however it ends.
    private static func takeLock(_ path: String) throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ListenError("can't open \(path)", code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw ListenError(
                "another engine listens at \(path.dropLast(".lock".count)); stop it, or give this one another --run directory")
        }
        return descriptor
    }

    /// Binds under another name and renames, so that nobody connects before owner and mode are right. What somebody listens at who has
    /// no such lock, as systemd, isn't replaced.
    private static func listen(_ path: String, mode: UInt32, group: String?) throws -> Int32 {
        if UnixSocket.isServed(path: path) { throw ListenError("somebody listens at \(path) already; choose another path") }
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = clinux_unix_listen(temporary, mode, backlog)
        guard descriptor >= 0 else { throw ListenError("can't listen at \(path)", code: -descriptor) }
        do {
            if let group { try give(temporary, to: group) }
            guard rename(temporary, path) == 0 else { throw ListenError("can't rename to \(path): \(String(cString: strerror(errno)))") }
        } catch {
            Glibc.close(descriptor)
            unlink(temporary)
            throw error
        }
        return descriptor
    }

    private static func give(_ path: String, to group: String) throws {
        guard let id = UInt32(group) ?? groupID(named: group) else {
            throw ListenError("there is no group '\(group)'; create it, or choose another with --group")
        }
        guard chown(path, uid_t.max, id) == 0 else {
            throw ListenError("can't give \(path) to group '\(group)'", code: errno)
        }
    }

    private static func groupID(named name: String) -> UInt32? {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }
}
