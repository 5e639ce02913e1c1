// Lookups as a program in a container makes them.
import Glibc
import TestSupport

@testable import NetworkServer

/// A client of the resolver in a namespace.
enum Lookup {
    /// The resolver's answer; nil when there is none within the time.
    static func ask(
        in path: String, _ name: String, _ type: DNSType = .a, byStream: Bool = false, payload: UInt16? = nil, milliseconds: Int = 20_000
    ) async throws -> DNSMessage? {
        let query = try DNSSamples.query(name, type, id: .random(in: 0 ... .max), payload: payload).bytes
        return try await Blocking.run {
            let socket = try send(query, in: path, byStream: byStream)
            return try receive(socket, byStream: byStream, milliseconds: milliseconds)
        }
    }

    /// Sends a query and leaves the answer to be received.
    static func send(_ query: [UInt8], in path: String, byStream: Bool = false) throws -> Descriptor {
        let sockets = NamespaceSockets(home: try HomeNamespace())
        let socket = try sockets.open(in: path, family: AF_INET, byStream ? SOCK_STREAM : SOCK_DGRAM)
        try socket.connect(ResolverClient.address, 53)
        _ = wait(socket, Int16(POLLOUT), milliseconds: 5000)
        let bytes = byStream ? StreamFraming.frame(query) : query
        guard Glibc.send(socket.raw, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw KernelError(operation: "send a query", code: errno)
        }
        return socket
    }

    static func receive(_ socket: Descriptor, byStream: Bool = false, milliseconds: Int = 5000) throws -> DNSMessage? {
        if byStream { return try readFrame(socket, milliseconds: milliseconds).map { try DNSMessage(parsing: $0) } }
        guard wait(socket, Int16(POLLIN), milliseconds: milliseconds) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket.raw, &buffer, buffer.count, 0)
        return count > 0 ? try DNSMessage(parsing: Array(buffer[..<count])) : nil
    }

    static func readFrame(_ socket: Descriptor, milliseconds: Int) -> [UInt8]? {
        var framing = StreamFraming()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while wait(socket, Int16(POLLIN), milliseconds: milliseconds) {
            let count = recv(socket.raw, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            if let message = framing.take(buffer[..<count]).first { return message }
        }
        return nil
    }

    static func wait(_ socket: Descriptor, _ events: Int16, milliseconds: Int) -> Bool {
        var entry = pollfd(fd: socket.raw, events: events, revents: 0)
        return poll(&entry, 1, Int32(milliseconds)) > 0
    }
}
