// A TCP client for published ports: one request, one answer.
import Glibc
import ServiceKit

public enum TCPProbe {
    /// Connects to an IPv4 address, sends `request`, ends its side, and returns what comes back.
    public static func exchange(_ address: String, _ port: UInt16, _ request: String = "", timeout: Duration = .seconds(10)) async throws
        -> String
    {
        try await Blocking.run { try exchangeBlocking(address, port, request, endsItsSide: true, timeout: timeout) }
    }

    /// The body that a web server at that port gives for `/`. Throws when there is no answer of 200.
    ///
    /// As web clients do, it leaves its side open: Linux resets a connection that its client has ended before a busy server's queue had
    /// room for it.
    public static func page(_ address: String, _ port: UInt16) async throws -> String {
        let reply = try await Blocking.run {
            try exchangeBlocking(address, port, "GET / HTTP/1.0\r\n\r\n", endsItsSide: false, timeout: .seconds(10))
        }
        return try HTTPReply(parsing: Array(reply.utf8)).text
    }

    /// A port of the loopback that nobody listens on at this moment.
    public static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemCallError("socket", "") }
        defer { close(descriptor) }
        var address = try socketAddress("0.0.0.0", 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard result else { throw SystemCallError("bind", "a free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func exchangeBlocking(
        _ host: String, _ port: UInt16, _ request: String, endsItsSide: Bool, timeout: Duration
    ) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemCallError("socket", "") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = try socketAddress(host, port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw SystemCallError("connect", "\(host):\(port)") }
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw SystemCallError("send", "\(host):\(port)")
        }
        if endsItsSide { shutdown(descriptor, Int32(SHUT_WR)) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw SystemCallError("receive", "\(host):\(port)") }
            if count == 0 { return String(decoding: received, as: UTF8.self) }
            received += buffer.prefix(count)
        }
    }

    private static func socketAddress(_ host: String, _ port: UInt16) throws -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw SystemCallError("resolve", host, code: EINVAL) }
        return address
    }
}
