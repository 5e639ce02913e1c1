// Sockets to log services: local or of the network, streams or datagrams, all without waiting.
import CLinux
import Contracts
import Glibc
import Linux

enum RemoteLogSocket {
    enum Attempt {
        case connected(Int32)
        case connecting(Int32)
        case failed
    }

    /// As the socket is, which isn't always as it was asked for.
    static func isDatagram(_ socket: Int32) -> Bool { clinux_is_stream_socket(socket) == 0 }

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
        let attempt = unixDatagram(to: address)
        if case .failed = attempt, errno == EPROTOTYPE { return unixStream(path) }
        return attempt
    }

    private static func internet(_ spec: RemoteLog, _ kind: Int32) -> Attempt {
        guard let address = InternetAddress(spec.address, port: spec.port) else { return .failed }
        let socket = Glibc.socket(address.family, kind | flags, 0)
        return socket < 0 ? .failed : outcome(of: address.connect(socket), socket)
    }

    private static func unixDatagram(to address: sockaddr_un) -> Attempt {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | flags, 0)
        guard socket >= 0 else { return .failed }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 ? 0 : errno
            }
        }
        return outcome(of: result, socket)
    }

    /// `errno` tells why it failed.
    private static func outcome(of code: Int32, _ socket: Int32) -> Attempt {
        if code == 0 { return .connected(socket) }
        if code == EINPROGRESS { return .connecting(socket) }
        close(socket)
        errno = code
        return .failed
    }
}
