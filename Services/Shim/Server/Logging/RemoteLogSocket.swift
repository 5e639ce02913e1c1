// Sockets to log services: local or of the network, streams or datagrams, all without waiting.
import CLinux
import Contracts
import Glibc

enum RemoteLogSocket {
    enum Attempt {
        case connected(Int32)
        case connecting(Int32)
        case failed
    }

    static func connect(_ spec: RemoteLog) -> Attempt {
        switch spec.transport {
        case .unixStream: return unixStream(spec.address)
        case .unixDatagram: return unixDatagram(spec.address)
        case .udp: return internet(spec, Int32(SOCK_DGRAM.rawValue))
        case .tcp: return internet(spec, Int32(SOCK_STREAM.rawValue))
        }
    }

    private static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    private static func unixStream(_ path: String) -> Attempt {
        let socket = clinux_unix_connect(path)
        return socket < 0 ? .failed : .connected(socket)
    }

    /// Some services listen for streams where others take datagrams.
    private static func unixDatagram(_ path: String) -> Attempt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isFitting = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard path.utf8.count < place.count else { return false }
            place.copyBytes(from: path.utf8)
            return true
        }
        guard isFitting else { return .failed }
        let attempt = open(AF_UNIX, Int32(SOCK_DGRAM.rawValue), &address)
        if case .failed = attempt, errno == EPROTOTYPE { return unixStream(path) }
        return attempt
    }

    private static func internet(_ spec: RemoteLog, _ kind: Int32) -> Attempt {
        var four = sockaddr_in()
        if inet_pton(AF_INET, spec.address, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = spec.port.bigEndian
            return open(AF_INET, kind, &four)
        }
        var six = sockaddr_in6()
        guard inet_pton(AF_INET6, spec.address, &six.sin6_addr) == 1 else { return .failed }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = spec.port.bigEndian
        return open(AF_INET6, kind, &six)
    }

    /// `errno` tells why it failed.
    private static func open<Address>(_ family: Int32, _ kind: Int32, _ address: inout Address) -> Attempt {
        let socket = Glibc.socket(family, kind | flags, 0)
        guard socket >= 0 else { return .failed }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        if result == 0 { return .connected(socket) }
        let code = errno
        if code == EINPROGRESS { return .connecting(socket) }
        close(socket)
        errno = code
        return .failed
    }
}
