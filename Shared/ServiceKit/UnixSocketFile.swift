// The file of a listening Unix socket, as long as it is the one that was made.
import CLinux
import Glibc

public struct UnixSocketFile: Sendable {
    public let path: String
    private let device: UInt64
    private let inode: UInt64

    /// What is at the path now. nil where there is no socket.
    public init?(path: String) {
        var (device, inode) = (UInt64(0), UInt64(0))
        guard clinux_socket_identity(path, &device, &inode) == 1 else { return nil }
        (self.path, self.device, self.inode) = (path, device, inode)
    }

    /// Another's socket that has taken its place stays.
    public func remove() {
        guard let current = UnixSocketFile(path: path), current.device == device, current.inode == inode else { return }
        unlink(path)
    }
}
