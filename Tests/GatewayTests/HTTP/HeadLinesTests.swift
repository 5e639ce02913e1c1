// Requests whose lines end as scripts have them.
import NIOCore
import Testing

@testable import GatewayAPI

@Suite("Lines of a head") struct HeadLinesTests {
    private static let whole = "GET /a HTTP/1.1\r\nHost: d\r\n\r\n"

    @Test(arguments: [
        (whole, whole), ("GET /a HTTP/1.1\nHost: d\n\n", whole), ("GET /a HTTP/1.1\r\nHost: d\n\r\n", whole),
        ("GET /a HTTP/1.0\r\n\n", "GET /a HTTP/1.0\r\n\r\n"), ("\n\r\nGET /a HTTP/1.0\n\n", "\r\n\r\nGET /a HTTP/1.0\r\n\r\n"),
        // What follows the head isn't a line of it.
        (whole + "a\nb\n", whole + "a\nb\n"), ("POST /a HTTP/1.1\n\na\n\nb", "POST /a HTTP/1.1\r\n\r\na\n\nb"),
    ])
    func eachLineGetsItsEnd(_ text: String, _ expected: String) {
        var lines = HeadLines()
        #expect(String(buffer: lines.completed(ByteBuffer(string: text))) == expected)
        var pieces = HeadLines()
        let bytewise = text.utf8.map { String(buffer: pieces.completed(ByteBuffer(bytes: [$0]))) }.joined()
        #expect(bytewise == expected)
    }

    @Test func aScriptsRequestsAreAnswered() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            for _ in 0..<2 {
                try await client.write("GET /_ping HTTP/1.1\nHost: docker\n\n")
                #expect(try await client.response().text == "OK")
            }
            try await client.write("GET /_ping HTTP/1.0\r\n\n")
            #expect(try await client.response().text == "OK")
            #expect(await client.readToEnd().isEmpty)
            await client.close()
        }
    }

    /// They may be for whoever takes the connection over.
    @Test func bytesAheadOfAResponseStayAsTheyAre() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            let head = "POST /containers/c/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            try await client.write(head + "Content-Length: 0\r\n\r\none\ntwo\n")
            #expect(try await client.head().status == 101)
            #expect(try await client.read(count: 8) == Array("one\ntwo\n".utf8))
            await client.close()
        }
    }
}
