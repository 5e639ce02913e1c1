// Namespaces: which there are, and how to enter one.
import CLinux
import Glibc

public struct Namespaces: OptionSet, Sendable, Equatable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let mount = Namespaces(rawValue: UInt64(CLINUX_NS_MOUNT))
    public static let cgroup = Namespaces(rawValue: UInt64(CLINUX_NS_CGROUP))
    public static let uts = Namespaces(rawValue: UInt64(CLINUX_NS_UTS))
    public static let ipc = Namespaces(rawValue: UInt64(CLINUX_NS_IPC))
    public static let pid = Namespaces(rawValue: UInt64(CLINUX_NS_PID))
    public static let user = Namespaces(rawValue: UInt64(CLINUX_NS_USER))
    public static let network = Namespaces(rawValue: UInt64(CLINUX_NS_NETWORK))

    /// As clone(2) and setns(2) take them.
    public var flags: Int32 { Int32(truncatingIfNeeded: rawValue) }

    /// Moves the calling process into these namespaces of the process that a pidfd stands for, or into the one that a
    /// descriptor of a namespace file stands for. A PID namespace is that of children made from now on.
    public func enter(_ descriptor: Int32) throws(Errno) {
        try Errno.check(clinux_setns(descriptor, flags), "setns")
    }

    /// Enters the namespace bound at a path.
    public func enter(path: String) throws(Errno) {
        let file = OwnedDescriptor(taking: try Errno.check(clinux_open_file(path, O_RDONLY, 0), "open \(path)"))
        try Errno.check(clinux_setns(file.raw, flags), "setns \(path)")
    }

    /// Moves the calling process into new namespaces of these kinds.
    public func unshare() throws(Errno) {
        try Errno.check(clinux_unshare(flags), "unshare")
    }
}
