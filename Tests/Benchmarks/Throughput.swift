// How much a TCP connection carries to a server in a container's namespace.
import CLinux
import Foundation
import Glibc

enum Throughput {
    private static let duration: Double = 1
    private static let chunk = 256 << 10

    /// Gigabits in a second, of a client in another container or, with nil, on the host.
    static func measure(
        to server: ContainerNamespace, from client: ContainerNamespace?, _ address: String, _ port: UInt16
    ) throws -> Double {
        let listener = try server.socket(SOCK_STREAM)
        defer { close(listener) }
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        try check(withName("0.0.0.0", 5001) { bind(listener, $0, $1) }, "bind")
        try check(listen(listener, 1), "listen")
        setBlocking(listener)
        let sender = try client?.socket(SOCK_STREAM) ?? Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        setBlocking(sender)
        do {
            try check(withName(address, port) { connect(sender, $0, $1) }, "connect to \(address):\(port)")
        } catch {
            close(sender)
            throw error
        }
        let receiver = accept(listener, nil, nil)
        defer { close(receiver) }
        try check(receiver, "accept")
        let sending = Thread { send(over: sender) }
        sending.start()
        return receive(receiver)
    }

    private static func send(over sender: Int32) {
        let bytes = [UInt8](repeating: 0, count: chunk)
        let end = ContinuousClock.now + .seconds(duration)
        while ContinuousClock.now < end, Glibc.send(sender, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0 {}
        close(sender)
    }

    private static func receive(_ receiver: Int32) -> Double {
        var buffer = [UInt8](repeating: 0, count: chunk)
        var total = 0
        let start = ContinuousClock.now
        while true {
            let count = recv(receiver, &buffer, buffer.count, 0)
            if count <= 0 { break }
            total += count
        }
        return Double(total) * 8 / 1e6 / max(start.duration(to: .now).milliseconds, 0.001)
    }

    private static func setBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    }

    private static func check(_ result: Int32, _ what: String) throws {
        guard result < 0 else { return }
        throw ContainerNamespace.Failure(description: "\(what): \(String(cString: strerror(errno)))")
    }

    private static func withName(_ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var name = ContainerNamespace.name(address)
        name.sin_port = port.bigEndian
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
