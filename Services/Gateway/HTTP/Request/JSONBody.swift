// JSON bodies: read with dockerd's rules and words, written with its line ending.
import HTTPTypes
import HummingbirdCore
import NIOCore
import RPC

enum JSONBody {
    /// Bytes of a JSON body.
    static let limit = 4 << 20

    /// Encodes a value and a newline.
    static func encode(_ value: some Encodable) -> ByteBuffer {
        // Some clients print what they get as it comes: it is the same each time.
        guard let text = try? JSONText.encode(value) else {
            return ByteBuffer(string: "{\"message\":\"the answer can't be written as JSON\"}\n")
        }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(text.count + 1)
        buffer.writeBytes(text)
        buffer.writeInteger(UInt8(ascii: "\n"))
        return buffer
    }
}

extension EngineRequest {
    /// The decoded body. Errors: `invalidParameter` for another content type, for what isn't one JSON document, and for a field
    /// of a wrong type, which is named; `resourceExhausted` for a body beyond the limit.
    func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        guard let value = try await optionalJSON(type) else {
            throw RPCError(.invalidParameter, "invalid JSON: got EOF while reading request body")
        }
        return value
    }

    /// The decoded body, or nil when there is none, which isn't an error where every field has a default.
    func optionalJSON<Value: Decodable>(_ type: Value.Type) async throws -> Value? {
        try checkContentType()
        var share = BudgetShare(budget)
        defer { share.release() }
        let body = try await collectBody(&share)
        guard body.readableBytes > 0 else { return nil }
        do {
            var scanner = JSONScanner(Array(body.readableBytesView))
            let document = try scanner.document()
            guard scanner.isAtEnd() else { throw RPCError(.invalidParameter, "unexpected content after JSON") }
            return try JSONValueDecoder(document).decode(type)
        } catch let error as JSONSyntaxError {
            throw RPCError(.invalidParameter, "invalid JSON: \(error)")
        } catch let error as DecodingError {
            throw RPCError(.invalidParameter, "invalid JSON: " + error.words)
        }
    }

    /// No content type is fine as long as there is no body.
    private func checkContentType() throws {
        guard let contentType = http.headers[.contentType], !contentType.isEmpty else {
            guard hasBody else { return }
            throw RPCError(.invalidParameter, "unsupported Content-Type header (): must be 'application/json'")
        }
        let mediaType = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        guard mediaType == "application/json" else {
            throw RPCError(.invalidParameter, "unsupported Content-Type header (\(contentType)): must be 'application/json'")
        }
    }

    /// Bytes that the client announced; nil for a chunked body.
    var announcedBodyLength: Int? {
        if http.headers[.transferEncoding] != nil { return nil }
        return http.headers[.contentLength].flatMap(Int.init) ?? 0
    }

    private var hasBody: Bool { announcedBodyLength != 0 }

    private func collectBody(_ share: inout BudgetShare) async throws -> ByteBuffer {
        let tooLarge = RPCError(
            .invalidParameter, "the request body exceeds \(JSONBody.limit >> 20) MiB", details: [EngineFailure.tooLarge: ""])
        if let length = announcedBodyLength, length > JSONBody.limit { throw tooLarge }
        do {
            return try await http.body.collect(upTo: JSONBody.limit, within: &share)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }
}

extension DecodingError {
    /// What is wrong and where, for the user.
    fileprivate var words: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context): Self.describe(context)
        case .keyNotFound(let key, let context): Self.path(context.codingPath + [key]) + " is missing"
        case .dataCorrupted(let context): Self.describe(context)
        @unknown default: "the body can't be decoded"
        }
    }

    private static func describe(_ context: Context) -> String {
        context.codingPath.isEmpty ? context.debugDescription : path(context.codingPath) + ": " + context.debugDescription
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".").replacing(".[", with: "[")
    }
}
