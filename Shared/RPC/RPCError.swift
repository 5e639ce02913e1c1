// The one error type that crosses between processes.

/// A failure as it crosses the wire: a class from a closed set, words for the user, and details.
///
/// The gateway maps `code` to an HTTP status in one place. Words are complete sentences fit for the user
/// of a Docker client; `details` are key and value pairs for logs and for callers that decide by them.
public struct RPCError: Error, Sendable, Equatable {
    public enum Code: String, Codable, Sendable, CaseIterable {
        case invalidParameter
        case unauthorized
        case forbidden
        case notFound
        case notModified
        case conflict
        case resourceExhausted
        case notImplemented
        case unavailable
        case deadlineExceeded
        case cancelled
        case internalError = "internal"
    }

    public var code: Code
    public var message: String
    public var details: [String: String]

    public init(_ code: Code, _ message: String, details: [String: String] = [:]) {
        self.code = code
        self.message = message
        self.details = details
    }
}

extension RPCError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}

extension RPCError: Codable {
    private enum CodingKeys: String, CodingKey { case code, message, details }

    /// A code this version doesn't know decodes to `internal`, so that a newer peer harms nobody.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let raw = try container.decodeIfPresent(String.self, forKey: .code) ?? ""
        code = Code(rawValue: raw) ?? .internalError
        message = try container.decodeIfPresent(String.self, forKey: .message) ?? "unknown error"
        details = try container.decodeIfPresent([String: String].self, forKey: .details) ?? [:]
    }
}
