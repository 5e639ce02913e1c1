// The responses that routes make.
import HTTPTypes
import HummingbirdCore
import NIOCore

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: MediaType.json], body: ResponseBody(byteBuffer: JSONBody.encode(value)))
    }

    static func empty(_ status: HTTPResponse.Status) -> Response {
        guard status != .noContent, status != .notModified else { return Response(status: status).withoutLength }
        return Response(status: status)
    }

    static func text(_ text: String) -> Response {
        Response(status: .ok, headers: [.contentType: MediaType.plainText], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// The head is sent at once; the body's closure writes what comes, and this function ends the body.
    static func stream(
        _ contentType: String, _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType],
            body: ResponseBody { writer in
                try await write(&writer)
                try await writer.finish(nil)
            })
    }

    var withoutBody: Response {
        var copy = self
        copy.body = ResponseBody()
        copy.headers[.contentLength] = "0"
        return copy
    }

    var withEngineHeaders: Response {
        var copy = self
        for field in EngineHeaders.fields where copy.headers[field.name] == nil {
            copy.headers[field.name] = field.value
        }
        copy.headers[.date] = HTTPDate.now
        return copy
    }

    /// The response with a `Warning` header for each warning, for an answer that has no other place for them.
    func warning(of warnings: [String]) -> Response {
        var copy = self
        for warning in warnings {
            let text = warning.replacing("\\", with: "/").replacing("\"", with: "'").filter { $0.isASCII && !$0.isNewline }
            copy.headers.append(HTTPField(name: .warning, value: "299 berth \"\(text)\""))
        }
        return copy
    }

    /// A response that can't have a body says no length either.
    private var withoutLength: Response {
        var copy = self
        copy.headers[.contentLength] = nil
        return copy
    }
}
