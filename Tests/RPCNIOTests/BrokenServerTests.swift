// Servers that break off, or speak something else: every call in flight fails at once.
import CLinux
import Glibc
import RPC
import RPCNIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct BrokenServerTests {
    private static let hello = RPCHello(service: "test", serviceVersion: "1", limits: .standard, descriptors: 0, requestsInFlight: 8)

    /// What a server says after it has received a request, before it closes.
    static let lastWords: [(String, [UInt8])] = [
        ("nothing", []),
        ("half a frame", [0, 0, 0, 100, 1, 3, 0, 0]),
        ("no frame", Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)),
        ("an answer to nobody", RPCFrame(.response, stream: 77, body: [0xa0]).encoded()),
        ("a request", RPCFrame(.request, stream: 1, body: [0xa0]).encoded()),
        ("an item without a stream", RPCFrame(.item, stream: 1, body: [0xa0]).encoded()),
        ("an error of the connection", RPCFrame(.error, stream: 0, body: [0xa0]).encoded()),
    ]

    @Test(arguments: lastWords.indices) func failTheirCalls(index: Int) async throws {
        let (name, words) = Self.lastWords[index]
        try await withServer { socket in
            try write(RPCFrame(.hello, stream: 0, body: CBOREncoder().encode(Self.hello)).encoded(), to: socket)
            var buffer = [UInt8](repeating: 0, count: 4096)
            // The client's hello and its request, in one piece or two.
            var received = 0
            while received < 200 {
                let count = read(socket, &buffer, buffer.count)
                guard count > 0 else { break }
                received += count
            }
            try write(words, to: socket)
        } body: { path in
            let connection = try await RPCConnection.connect(path: path, expecting: "test", logger: quietLogger())
            let error = await #expect(throws: RPCError.self, "\(name)") {
                try await connection.call(Echo.self, Echo.Body(text: String(repeating: "x", count: 500)))
            }
            #expect(error?.code == .unavailable, "\(name)")
            await connection.waitUntilClosed()
            #expect(!connection.isOpen)
        }
    }

    @Test func waitingForTheEndIsCancellable() async throws {
        try await withServer { socket in
            try write(RPCFrame(.hello, stream: 0, body: CBOREncoder().encode(Self.hello)).encoded(), to: socket)
            var byte: UInt8 = 0
            while read(socket, &byte, 1) > 0 {}
        } body: { path in
            let connection = try await RPCConnection.connect(path: path, expecting: "test", logger: quietLogger())
            let waiting = Task { await connection.waitUntilClosed() }
            waiting.cancel()
            await waiting.value
            #expect(connection.isOpen)
            await connection.close()
            #expect(!connection.isOpen)
        }
    }

    @Test func aServerThatSaysNothingIsGivenUp() async throws {
        try await withServer { socket in
            var byte: UInt8 = 0
            while read(socket, &byte, 1) > 0 {}
        } body: { path in
            let limits = RPCLimits(handshake: .milliseconds(50))
            let error = await #expect(throws: RPCError.self) {
                try await RPCConnection.connect(path: path, limits: limits, logger: quietLogger())
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("no hello in time") == true)
        }
    }

    @Test func aServerOfAnotherVersionIsNamed() async throws {
        try await withServer { socket in
            try write([0, 0, 0, 9, 2, 1, 0, 0, 0, 0, 0, 0, 0xa0], to: socket)
            var byte: UInt8 = 0
            while read(socket, &byte, 1) > 0 {}
        } body: { path in
            let error = await #expect(throws: RPCError.self) { try await RPCConnection.connect(path: path, logger: quietLogger()) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("version 2 of the protocol, this side version 1") == true)
        }
    }

    /// Accepts one connection on a thread of its own, and closes it when `serve` returns.
    private func withServer(
        _ serve: @escaping @Sendable (Int32) throws -> Void, body: (String) async throws -> Void
    ) async throws {
        let path = temporarySocketPath()
        let listener = clinux_unix_listen(path, 0o600, 1)
        try #require(listener >= 0)
        _ = fcntl(listener, F_SETFL, 0)
        async let served: Void = Blocking.run {
            defer { close(listener) }
            let socket = accept(listener, nil, nil)
            guard socket >= 0 else { throw RPCError(.unavailable, "accept failed") }
            defer { close(socket) }
            try serve(socket)
        }
        defer { unlink(path) }
        try await body(path)
        try await served
    }

    private func write(_ bytes: [UInt8], to socket: Int32) throws {
        try #require(clinux_send(socket, bytes, bytes.count, nil, 0) == bytes.count)
    }
}
