// The time in a response's head.
import Testing

@testable import GatewayAPI

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
    ])
    func itIsWrittenAsHTTPHasIt(second: Int, text: String) {
        #expect(HTTPDate.text(second) == text)
    }

    @Test(arguments: ["/_ping", "/nowhere", "/containers/missing/json"]) func everyResponseHasIt(target: String) async throws {
        try await TestServer.with { server in
            let dates = try await server.send("GET", target).head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("date: ") }
            #expect(dates.count == 1 && dates.allSatisfy { $0.hasSuffix(" GMT") }, "\(dates)")
        }
    }
}
