// The bytes in the protocol's description are those that the code writes.
import Foundation
import Testing

@testable import RPC

@Suite struct ProtocolDocumentTests {
    private static func document() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("Shared/RPC/PROTOCOL.md"), encoding: .utf8)
    }

    /// The hexadecimal blocks of the document, in order.
    private static func examples() throws -> [[UInt8]] {
        let parts = try document().components(separatedBy: "```")
        return stride(from: 1, to: parts.count, by: 2).map { bytes(parts[$0]) }
    }

    @Test func theExampleIsWhatIsWritten() throws {
        let hello = RPCHello(service: "example", serviceVersion: "1.0", limits: .standard, descriptors: 0, requestsInFlight: 0)
        let context = RPCContext(traceID: "00c0ffee00c0ffee", timeoutNanoseconds: 5_000_000_000)
        var request = try RPCOutboundFrame.request(method: "images.inspect", context: context, ["name": "x"])
        request.stream = 1
        let error = RPCOutboundFrame.error(RPCError(.notFound, "No such image: x:latest"), stream: 1)
        let frames = [try hello.frame(), request, error, .credit(524_288, stream: 3), .bare(.cancel, stream: 3)]
        let examples = try Self.examples()
        try #require(examples.count == frames.count)
        for (example, frame) in zip(examples, frames) { #expect(example == frame.bytes) }
    }

    @Test func everyKindAndCodeIsDescribed() throws {
        let document = try Self.document()
        for code in RPCError.Code.allCases { #expect(document.contains("`\(code.rawValue)`")) }
        let names = ["hello", "request", "response", "error", "item", "items end", "cancel", "ping", "pong", "credit"]
        for (kind, name) in zip(RPCFrame.Kind.allCases, names) { #expect(document.contains("| \(kind.rawValue) | \(name) |")) }
    }
}
