// A mount namespace with nothing in it but an empty, read-only root.
//
// A container's namespace is a copy of this one, not of the host's: nothing of the host has to be copied, and, what takes longest,
// nothing has to be unmounted. What the container needs of the host is handed over as detached mounts.
import CLinux
import Glibc
import Linux

struct EmptyMountNamespace: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// Made by a process that ends at once, so that the caller's own mounts and directories are never touched.
    init() throws(RuntimeFailure) {
        var ends: [Int32] = [-1, -1]
        try Self.check(clinux_message_pair(&ends))
        var pidfd: Int32 = -1
        let pid = clinux_fork_into(Namespaces.mount.rawValue, -1, &pidfd)
        if pid == 0 { Self.runChild(ends[1]) }
        close(ends[1])
        defer { close(ends[0]) }
        try Self.check(pid)
        defer { close(pidfd) }
        var code: Int32 = 0
        var received: Int32 = -1
        let count = clinux_message_receive(ends[0], &code, MemoryLayout.size(ofValue: code), &received)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard count > 0, received >= 0 else { throw Self.failure(code) }
        descriptor = OwnedDescriptor(taking: received)
    }

    /// Moves the calling process into a copy of its own.
    borrowing func enterCopy() throws(RuntimeFailure) {
        try enter()
        try Self.check(clinux_unshare(Int32(CLINUX_NS_MOUNT)))
    }

    /// Moves the calling process into it, for a child to be born with a copy.
    borrowing func enter() throws(RuntimeFailure) {
        try Self.check(clinux_setns(descriptor.raw, Int32(CLINUX_NS_MOUNT)))
    }

    private static func runChild(_ socket: Int32) -> Never {
        var code: Int32 = 0
        var namespace: Int32 = -1
        do throws(Errno) {
            try Errno.check(clinux_set_propagation("/", MountPropagation.private.rawValue), "make private")
            namespace = try Errno.check(clinux_open_file("/proc/self/ns/mnt", O_RDONLY, 0), "open namespace")
            let root = try DetachedMount.make("tmpfs", source: "tmpfs", attributes: [.readonly, .noSetuid, .noDevices, .noExecute])
            try root.attach(at: "/proc")
            try Errno.check(fchdir(root.descriptor) == 0 ? 0 : -errno, "chdir")
            try Errno.check(clinux_pivot_here(), "pivot_root")
        } catch {
            code = error.code
            namespace = -1
        }
        _ = clinux_message_send(socket, &code, MemoryLayout.size(ofValue: code), namespace)
        _exit(0)
    }

    private static func check(_ result: Int32) throws(RuntimeFailure) {
        guard result < 0 else { return }
        throw failure(-result)
    }

    private static func failure(_ code: Int32) -> RuntimeFailure {
        RuntimeFailure(step: "namespace", errno: code, message: "unable to make a mount namespace: \(Errno.reason(of: code))")
    }
}
