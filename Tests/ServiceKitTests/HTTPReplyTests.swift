// Replies of the gateway as the tools read them.
import ServiceKit
import Testing

@Suite struct HTTPReplyTests {
    private func parse(_ text: String) throws -> HTTPReply { try HTTPReply(parsing: Array(text.utf8)) }

    @Test func plainBody() throws {
        let reply = try parse("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Two:a\r\nx-two: b\r\n\r\nOK")
        #expect(reply.status == 200)
        #expect(reply.headers == ["content-type": "text/plain", "x-two": "a, b"])
        #expect(reply.text == "OK")
    }

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5;ext=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", "hello0123456789"),
        ("0\r\n\r\n", ""),
    ])
    func chunkedBody(body: String, text: String) throws {
        #expect(try parse("HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n\(body)").text == text)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "hello\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "FTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5",
    ])
    func malformed(text: String) {
        #expect(throws: HTTPReply.Malformed.self) { try parse(text) }
    }
}
