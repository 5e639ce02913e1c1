// The answer to bytes that are no HTTP request, or one with too many headers.
import HTTPTypes
import NIOCore
import NIOHTTP1

struct RequestRefusal {
    let head: HTTPResponse
    let body: ByteBuffer

    init(_ error: any Error) {
        let (status, message) = Self.words(error)
        self.init(status, message)
    }

    /// Refuses a request that was read, on a connection that the server has let go.
    /// - Parameter asText: for clients of an API that has no JSON for errors.
    init(_ failure: EngineFailure, asText: Bool) { self.init(failure.status, failure.message, asText: asText) }

    private init(_ status: HTTPResponse.Status, _ message: String, asText: Bool = false) {
        body = asText ? ByteBuffer(string: message + "\n") : JSONBody.encode(ErrorMessage(message: message))
        var fields = EngineHeaders.fields
        fields[.contentType] = asText ? MediaType.plainText : MediaType.json
        fields[.contentLength] = String(body.readableBytes)
        fields[.connection] = "close"
        fields[.date] = HTTPDate.now
        head = HTTPResponse(status: status, headerFields: fields)
    }

    private static func words(_ error: any Error) -> (HTTPResponse.Status, String) {
        switch error {
        case HTTPParserError.headerOverflow:
            (
                .requestHeaderFieldsTooLarge,
                "the request's headers exceed \(EngineChannel.headerListLimit >> 10) KiB; shorten the query or the credentials"
            )
        case is RequestBudget.Exceeded: (.serviceUnavailable, RequestBudget.Exceeded.message)
        case is HeadMeter.TooSlow: (.requestTimeout, HeadMeter.TooSlow.message)
        default: (.badRequest, "malformed HTTP request: \(error)")
        }
    }
}
