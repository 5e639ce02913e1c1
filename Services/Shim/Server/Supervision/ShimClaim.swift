// A shim's hold on one container: the directory in the run directory, its lock, and the socket there.
import CLinux
import Contracts
import Glibc
import RPC

/// Held by one process at a time and given up by its death: the lock is the kernel's.
final class ShimClaim {
    private static let attempts = 16
    private static let backlog: Int32 = 64

    private let directory: String
    private let socketPath: String
    private let group: UInt32?
    private var lock: Int32

    private init(directory: String, socketPath: String, group: UInt32?, lock: Int32) {
        self.directory = directory
        self.socketPath = socketPath
        self.group = group
        self.lock = lock
    }

    deinit { if lock >= 0 { close(lock) } }

    /// Takes the container's directory, making it if needed. Errors: conflict when another process holds it.
    /// - Parameter group: who may reach the socket besides root; nil for nobody.
    static func take(_ layout: EngineLayout, containerID: String, group: UInt32?) throws(RPCError) -> ShimClaim {
        try check(containerID)
        let directory = layout.shimDirectory(containerID)
        try Directories.make(layout.shims, mode: 0o711)
        for _ in 0..<attempts {
            try Directories.make(directory, mode: group == nil ? 0o700 : 0o750, group: group)
            if let lock = try lockDirectory(directory, containerID) {
                return ShimClaim(directory: directory, socketPath: layout.shimSocket(of: containerID), group: group, lock: lock)
            }
        }
        throw RPCError(.conflict, "Another shim takes and releases container \(containerID) at this moment.")
    }

    /// Binds the socket, in the place of one that a dead shim left. Returns the listening socket.
    func bind() throws(RPCError) -> Int32 {
        unlink(socketPath)
        let listener = clinux_unix_listen(socketPath, group == nil ? 0o600 : 0o660, Self.backlog)
        guard listener >= 0 else { throw SystemFailure.error("bind", socketPath, code: -listener) }
        if let group, chown(socketPath, uid_t.max, group) != 0 {
            let error = SystemFailure.error("chown", socketPath)
            close(listener)
            throw error
        }
        return listener
    }

    /// Removes the directory with the socket, then gives up the lock.
    func release() {
        guard lock >= 0 else { return }
        Directories.remove(directory)
        close(lock)
        lock = -1
    }

    /// nil when the directory was removed meanwhile: its last holder was just releasing it.
    private static func lockDirectory(_ directory: String, _ containerID: String) throws(RPCError) -> Int32? {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemFailure.error("open", directory)
        }
        guard clinux_lock(descriptor) == 0 else {
            close(descriptor)
            throw RPCError(.conflict, "Another shim holds container \(containerID).")
        }
        var held = stat()
        var named = stat()
        if fstat(descriptor, &held) == 0, stat(directory, &named) == 0, held.st_ino == named.st_ino { return descriptor }
        close(descriptor)
        return nil
    }

    /// An ID becomes part of paths.
    static func check(_ containerID: String) throws(RPCError) {
        let isPlain = containerID.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        }
        guard isPlain, (1...64).contains(containerID.utf8.count) else {
            throw RPCError(.invalidParameter, "A container's ID has up to 64 digits and small letters.")
        }
    }
}
