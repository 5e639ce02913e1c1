// Tells the supervisor how the service is doing (sd_notify(3)).
import CLinux
import Glibc

/// The datagram socket in `NOTIFY_SOCKET`, if the supervisor gave one.
public struct SupervisorNotification: Sendable {
    /// A path, or `@name` for an abstract socket.
    let address: String?

    public init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"]
    }

    /// Whether there is a supervisor to hear it.
    public var isHeard: Bool { address != nil }

    /// Sends one message such as `READY=1`, with descriptors attached to it. Waits for a moment while the supervisor has as many
    /// messages as it can have. Returns false when nobody is there to hear it: a service never fails for that.
    @discardableResult
    public func send(_ message: String, descriptors: [Int32] = []) -> Bool {
        guard let address, let name = Self.socketAddress(address) else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        var target = name.address
        let connected = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, name.length)
            }
        }
        guard connected == 0 else { return false }
        for _ in 0..<Self.attempts {
            let sent = clinux_send(descriptor, bytes, bytes.count, descriptors, descriptors.count)
            guard sent == -Int(EAGAIN) else { return sent == bytes.count }
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&entry, 1, Self.patience) > 0 else { return false }
        }
        return false
    }

    /// Milliseconds of waiting for room.
    private static let patience: Int32 = 1000
    /// Others may be quicker to take the room there is.
    private static let attempts = 100

    /// nil when the name is empty or too long for a socket address.
    static func socketAddress(_ name: String) -> (address: sockaddr_un, length: socklen_t)? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0
        return (address, socklen_t(offset + bytes.count + (isAbstract ? 0 : 1)))
    }
}
