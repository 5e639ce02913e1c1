// What the beginning of a web server's answer says of its health.
import Contracts
import Testing

@testable import ShimServer

@Suite struct HTTPAnswerTests {
    private func answer(_ parts: [String]) -> HTTPAnswer {
        var answer = HTTPAnswer()
        for part in parts { Array(part.utf8).withUnsafeBytes { answer.append($0) } }
        return answer
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n", HTTPAnswer.Verdict.status(200)), ("HTTP/1.0 404 Not Found\n", .status(404)),
        ("HTTP/1.1 503\r\n", .status(503)),
        ("HTTP/1.1 200 OK", .incomplete), ("", .incomplete), ("HTTP/2 200\r\n", .notHTTP), ("SSH-2.0-x\r\n", .notHTTP), ("\r\n", .notHTTP),
        ("HTTP/1.1 99 Low\r\n", .notHTTP), ("HTTP/1.1 2000 High\r\n", .notHTTP), ("HTTP/1.1 +20 Odd\r\n", .notHTTP),
        ("HTTP/1.1 0200 OK\r\n", .notHTTP), ("HTTP/1.1 20 Low\r\n", .notHTTP),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n", .status(503)), ("HTTP/1.1 100 Continue\r\n\r\n", .incomplete),
        ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\n", .status(200)),
        ("HTTP/1.1 101 Switching\r\n\r\n", .status(101)), ("HTTP/1.1 100 Continue\r\n\r\nother\r\n", .notHTTP),
    ])
    func `The status line tells`(text: String, verdict: HTTPAnswer.Verdict) {
        #expect(answer([text]).verdict == verdict)
        #expect(answer(text.map(String.init)).verdict == verdict)
    }

    @Test func `Its words are the status and what came of the body`() {
        #expect(answer(["HTTP/1.1 500 Oops\r\nA: b\r\n\r\nno ", "database\n"]).words == "HTTP/1.1 500 Oops\nno database\n")
        #expect(answer(["HTTP/1.1 200 OK\r\nA: b\r\n"]).words == "HTTP/1.1 200 OK")
        #expect(answer(["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nfine"]).words == "HTTP/1.1 200 OK\nfine")
    }

    @Test func `No more is kept than of any check, and an endless line isn't HTTP`() {
        let endless = answer([String(repeating: "x", count: 5000), "\n"])
        #expect(endless.bytes.count == HealthResult.outputLimit && endless.verdict == .notHTTP)
    }
}
