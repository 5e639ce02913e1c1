// The answer to bytes that are no HTTP request, or one with too many headers.
import HTTPTypes
import NIOCore
import NIOHTTP1

struct RequestRefusal {
    let head: HTTPResponse
    let body: ByteBuffer

    init(_ error: any Error) {
        let isTooLarge = (error as? HTTPParserError) == .headerOverflow
        let status: HTTPResponse.Status = isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest
        let message =
            isTooLarge
            ? "the request's headers exceed \(EngineChannel.headerListLimit >> 10) KiB; shorten the query or the credentials"
            : "malformed HTTP request: \(error)"
        body = JSONBody.encode(ErrorMessage(message: message))
        var fields = EngineHeaders.fields
        fields[.contentType] = MediaType.json
        fields[.contentLength] = String(body.readableBytes)
        fields[.connection] = "close"
        head = HTTPResponse(status: status, headerFields: fields)
    }
}
