// What went wrong when a process could not be started, in the words a Docker client shows.

/// A step of a container's or an exec's set-up that failed.
public struct RuntimeFailure: Error, Sendable, Equatable {
    /// The step by name: `cgroup`, `rootfs`, `mount`, `user`, `exec`…
    public let step: String
    /// The kernel's error number, 0 when the failure is not the kernel's.
    public let errno: Int32
    /// 126 when the command can't be executed, 127 when it isn't there; nil when the command isn't to blame.
    public let exitCode: Int32?
    /// From where runc's words begin: `exec: "nosuch": executable file not found in $PATH`.
    public let message: String

    public init(step: String, errno: Int32, exitCode: Int32? = nil, message: String) {
        self.step = step
        self.errno = errno
        self.exitCode = exitCode
        self.message = message
    }
}

extension RuntimeFailure {
    static func cgroup(_ message: String, errno: Int32 = 0) -> RuntimeFailure {
        RuntimeFailure(step: "cgroup", errno: errno, message: message)
    }
}
