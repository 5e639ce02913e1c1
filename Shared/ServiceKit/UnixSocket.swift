// Unix stream sockets by path: opening, listening, and who is at the other end.
import CLinux
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

    /// How long a listener with a full backlog is waited for.
    static let patience = Duration.seconds(5)

    /// A connected, non-blocking, close-on-exec descriptor that the caller closes. Throws `SystemCallError`.
    public static func connect(path: String) throws -> Int32 {
        let deadline = ContinuousClock.now + patience
        while true {
            let descriptor = clinux_unix_connect(path)
            if descriptor >= 0 { return descriptor }
            guard descriptor == -EAGAIN, ContinuousClock.now < deadline else {
                throw SystemCallError("connect", path, code: -descriptor)
            }
            _ = poll(nil, 0, 5)
        }
    }

    /// Whether a process listens at the path. One with a full backlog does.
    public static func isServed(path: String) -> Bool {
        let descriptor = clinux_unix_connect(path)
        guard descriptor >= 0 else { return descriptor == -EAGAIN }
        close(descriptor)
        return true
    }

    /// A listening, non-blocking, close-on-exec descriptor bound to a path of the given owner and mode, in place of what was bound
    /// there. The path shows up only once the socket listens and is protected, so nobody meets one that isn't ready.
    /// Throws `SystemCallError`.
    public static func listen(path: String, mode: mode_t, owner: uid_t = 0, group: gid_t = 0) throws -> Int32 {
        let unfinished = "\(path).new"
        unlink(unfinished)
        let descriptor = clinux_unix_listen(unfinished, mode, backlog)
        guard descriptor >= 0 else { throw SystemCallError("listen", path, code: -descriptor) }
        guard lchown(unfinished, owner, group) == 0, rename(unfinished, path) == 0 else {
            let error = SystemCallError("listen", path)
            close(descriptor)
            unlink(unfinished)
            throw error
        }
        return descriptor
    }
}
