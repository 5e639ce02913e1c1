// A listening Unix socket and the file that belongs to it.
import CLinux
import Glibc
import RPC

/// The descriptor to accept from; NIO takes it over. The file is removed at the end if it is still the one that was made here.
struct ListeningSocket: Sendable {
    private struct File: Sendable {
        let path: String
        let device: UInt64
        let inode: UInt64
    }

    let descriptor: Int32
    private let file: File?

    /// Throws `RPCError(.conflict)` when the path is taken, `.unavailable` when the system refuses.
    static func open(_ listener: RPCListener) throws(RPCError) -> ListeningSocket {
        switch listener {
        case .path(let path, let mode): try bind(path, mode: mode)
        case .descriptor(let descriptor): try adopt(descriptor)
        }
    }

    func removeFile() {
        guard let file, let current = Self.identity(of: file.path) else { return }
        guard current.device == file.device, current.inode == file.inode else { return }
        unlink(file.path)
    }

    private static func bind(_ path: String, mode: UInt32) throws(RPCError) -> ListeningSocket {
        var descriptor = clinux_unix_listen(path, mode, backlog)
        if descriptor == -EADDRINUSE {
            try removeStale(path)
            descriptor = clinux_unix_listen(path, mode, backlog)
        }
        guard descriptor >= 0 else { throw failure("listen on \(path)", code: -descriptor) }
        guard let file = identity(of: path) else {
            close(descriptor)
            throw RPCError(.unavailable, "The socket \(path) was removed while it was being made.")
        }
        return ListeningSocket(descriptor: descriptor, file: File(path: path, device: file.device, inode: file.inode))
    }

    // A socket that refuses connections has no listener any more: what made it is gone.
    private static func removeStale(_ path: String) throws(RPCError) {
        guard let file = identity(of: path) else { return }
        guard file.isSocket else { throw RPCError(.conflict, "\(path) exists and is not a socket. Remove it or choose another path.") }
        let descriptor = clinux_unix_connect(path)
        if descriptor >= 0 { close(descriptor) }
        guard descriptor == -ECONNREFUSED else {
            throw RPCError(.conflict, "Another process is already listening on \(path).", details: ["path": path])
        }
        guard unlink(path) == 0 else { throw failure("remove the stale socket \(path)", code: errno) }
    }

    private static func adopt(_ descriptor: Int32) throws(RPCError) -> ListeningSocket {
        let listening = clinux_is_listening(descriptor)
        guard listening == 1 else {
            throw listening < 0
                ? failure("use descriptor \(descriptor) as a listening socket", code: -listening)
                : RPCError(.invalidParameter, "Descriptor \(descriptor) is not a listening socket.")
        }
        let result = clinux_prepare_descriptor(descriptor)
        guard result == 0 else { throw failure("prepare descriptor \(descriptor)", code: -result) }
        return ListeningSocket(descriptor: descriptor, file: nil)
    }

    private static func identity(of path: String) -> (device: UInt64, inode: UInt64, isSocket: Bool)? {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        let result = clinux_socket_identity(path, &device, &inode)
        return result < 0 ? nil : (device, inode, result == 1)
    }

    private static func failure(_ action: String, code: Int32) -> RPCError {
        RPCError(.unavailable, "Could not \(action): \(String(cString: strerror(code))).", details: ["errno": "\(code)"])
    }

    private static let backlog: Int32 = 1024
}
