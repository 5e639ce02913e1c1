// Unix stream sockets by path: opening, listening, and who is at the other end.
import Glibc

/// A system call that failed, with what it was about.
public struct SystemCallError: Error, Sendable, Equatable, CustomStringConvertible {
    public var call: String
    public var subject: String
    public var code: Int32

    public init(_ call: String, _ subject: String, code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    public var description: String { "\(call) \(subject): \(String(cString: strerror(code)))" }
}

public enum UnixSocket {
    /// Connections that wait to be accepted, while a service restarts for instance.
    static let backlog: Int32 = 1024

    /// A connected, close-on-exec descriptor that the caller closes. Throws `SystemCallError`.
    public static func connect(path: String) throws -> Int32 {
        try withSocket(path) { descriptor, address, length in
            var result: Int32
            repeat { result = Glibc.connect(descriptor, address, length) } while result < 0 && errno == EINTR
            return result < 0 ? "connect" : nil
        }
    }

    /// A listening, close-on-exec descriptor bound to a path of the given owner and mode, in place of what was bound there.
    /// The path shows up only once the socket listens and is protected, so nobody meets one that isn't ready. Throws `SystemCallError`.
    public static func listen(path: String, mode: mode_t, owner: uid_t = 0, group: gid_t = 0) throws -> Int32 {
        let unfinished = "\(path).new"
        unlink(unfinished)
        let descriptor = try withSocket(unfinished) { descriptor, address, length in
            if bind(descriptor, address, length) < 0 { return "bind" }
            if chown(unfinished, owner, group) < 0 { return "chown" }
            if chmod(unfinished, mode) < 0 { return "chmod" }
            if Glibc.listen(descriptor, backlog) < 0 { return "listen" }
            return nil
        }
        guard rename(unfinished, path) == 0 else {
            let error = SystemCallError("rename", path)
            close(descriptor)
            unlink(unfinished)
            throw error
        }
        return descriptor
    }

    private static func withSocket(
        _ path: String, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> String?
    ) throws -> Int32 {
        guard var name = SupervisorNotification.socketAddress(path) else {
            throw SystemCallError("connect", path, code: ENAMETOOLONG)
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemCallError("socket", path) }
        let failed = withUnsafePointer(to: &name.address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0, name.length) }
        }
        if let failed {
            let error = SystemCallError(failed, path)
            close(descriptor)
            throw error
        }
        return descriptor
    }
}
