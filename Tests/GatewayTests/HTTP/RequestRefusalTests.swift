// Refusals on connections that the server has let go: in JSON, or in text for clients that know no other.
import HTTPTypes
import NIOCore
import RPC
import Testing

@testable import GatewayAPI

@Suite struct RequestRefusalTests {
    private func refusal(asText: Bool) -> RequestRefusal {
        RequestRefusal(EngineFailure(RPCError(.conflict, "container x is paused")), asText: asText)
    }

    @Test func clientsOfNewVersionsGetJSON() {
        let refusal = refusal(asText: false)
        #expect(String(buffer: refusal.body) == #"{"message":"container x is paused"}"# + "\n")
        #expect(refusal.head.status == .conflict && refusal.head.headerFields[.contentType] == "application/json")
        #expect(refusal.head.headerFields[.contentLength] == "\(refusal.body.readableBytes)")
    }

    @Test func clientsOfOldVersionsGetText() {
        let refusal = refusal(asText: true)
        #expect(String(buffer: refusal.body) == "container x is paused\n")
        #expect(refusal.head.status == .conflict && refusal.head.headerFields[.contentType] == "text/plain; charset=utf-8")
        #expect(refusal.head.headerFields[.contentLength] == "\(refusal.body.readableBytes)")
    }
}
