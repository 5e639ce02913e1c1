// Requests after which the connection closes: those that say so, those of HTTP/1.0, and those whose body is given up.
import NIOCore
import Testing

@testable import GatewayAPI

@Suite("Requests that close") struct ClosingRequestTests {
    @Test(arguments: ["close", "Close", "TE, close", "keep-alive,CLOSE"])
    func aRequestThatSaysCloseClosesAfterItsResponse(_ options: String) async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: \(options)\r\n\r\n")
            let answer = try await client.response()
            #expect(answer.text == "OK")
            #expect(answer.header("Connection") == "close")
            #expect(await client.readToEnd().isEmpty)
            await client.close()
        }
    }

    @Test(arguments: ["", "Connection: keep-alive\r\n"])
    func aClientOfHTTP10GetsItsVersionAndTheEnd(_ fields: String) async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("GET /_ping HTTP/1.0\r\n\(fields)\r\n")
            let answer = try await client.response()
            #expect(answer.head.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(answer.header("Connection") == "close")
            #expect(answer.text == "OK")
            #expect(await client.readToEnd().isEmpty)
            await client.close()
        }
    }

    /// As `printf … | socat` is.
    @Test(arguments: ["1.0", "1.1"])
    func aClientThatHasEndedItsSideGetsALargeAnswerWhole(_ version: String) async throws {
        try await TestServer.with { server in
            let socket = try PlainSocket(server.path)
            let request = "GET /images/json?shared-size=1 HTTP/\(version)\r\nHost: d\r\n\r\n"
            #expect(socket.send(Array(request.utf8)[...]) == request.utf8.count)
            socket.halfClose()
            // It doesn't fit into the sockets.
            let answer = await socket.readToEnd()
            #expect(answer.utf8.count > 4 << 20 && answer.hasSuffix("}]\n"))
        }
    }

    @Test func aStreamOfHTTP10HasNoChunks() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("GET /containers/tty/logs?stdout=1 HTTP/1.0\r\n\r\n")
            let head = try await client.head()
            #expect(head.header("Transfer-Encoding") == nil)
            #expect(await client.readToEnd() == Array("out\nerr\n".utf8))
            await client.close()
        }
    }

    @Test func aConnectionOfHTTP10CanBeTakenOver() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("POST /containers/c/attach?stream=1&stdin=1&stdout=1 HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
            #expect(try await client.head().status == 200)
            try await client.write("ping")
            #expect(try await client.read(count: 4) == Array("ping".utf8))
            await client.close()
        }
    }
    @Test(.timeLimit(.minutes(1))) func aClientWhoseUploadIsGivenUpIsNotLeftWaiting() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("PUT /containers/impatient/archive?path=/ HTTP/1.1\r\nHost: d\r\nContent-Length: 10000000000\r\n\r\n")
            #expect(try await client.response().status == 400)
            let piece = ByteBuffer(repeating: 0x78, count: 1 << 20)
            await #expect(throws: (any Error).self) {
                while true { try await client.write(piece) }
            }
        }
    }
}
