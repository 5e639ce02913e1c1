// A reader that doesn't read stops the sender, and nothing is lost.
import Glibc
import Testing

@testable import GatewayAPI

@Suite("Back-pressure") struct BackPressureTests {
    /// Far more than the sockets' buffers and the gateway's hold together.
    private static let total = 32 << 20

    @Test func aContainerThatDoesNotReadStopsTheClient() async throws {
        let gate = Gate()
        try await TestServer.with(FakeEngine(streams: FakeStreams(.countAfter(gate)))) { server in
            let socket = try PlainSocket(server.path)
            let request =
                "POST /containers/c/attach HTTP/1.1\r\nHost: d\r\nUpgrade: tcp\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"
            #expect(socket.send(Array(request.utf8)[...]) == request.utf8.count)
            #expect(await socket.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
            let block = [UInt8](repeating: 7, count: 64 << 10)
            var sent = 0
            while sent < Self.total, socket.waitUntilWritable(milliseconds: 500) { sent += socket.send(block[...]) }
            #expect(sent < Self.total / 2)
            gate.open()
            while sent < Self.total {
                _ = socket.waitUntilWritable(milliseconds: 20)
                sent += socket.send(block.prefix(Self.total - sent))
                await Task.yield()
            }
            socket.halfClose()
            #expect(await socket.readToEnd().hasSuffix("\(Self.total) bytes"))
        }
    }
}
