// From an error to its HTTP status: the one place where that is decided.
import HTTPTypes
import HummingbirdCore
import RPC

/// The body of every error.
struct ErrorMessage: Encodable {
    let message: String
}

/// A failure as the client sees it.
struct EngineFailure {
    /// A detail of an error that says the body was larger than allowed.
    static let tooLarge = "tooLarge"
    /// A detail of an error after which the rest of the request isn't read.
    static let closes = "closes"

    let status: HTTPResponse.Status
    let message: String
    private var closes = false

    init(_ error: any Error) {
        switch error {
        case let error as RPCError:
            status = Self.isTooLarge(error) ? .contentTooLarge : Self.status(of: error.code)
            message = error.message
            closes = status == .contentTooLarge || error.details[Self.closes] != nil
        case is CancellationError:
            status = .internalServerError
            message = "context canceled"
        default:
            status = .internalServerError
            message = "internal error: \(error)"
        }
    }

    /// - Parameter asText: for clients of an API that has no JSON for errors.
    func response(asText: Bool = false) -> Response {
        guard status != .notModified else { return .empty(.notModified) }
        var response: Response
        if asText {
            response = .text(message + "\n")
            response.status = status
        } else {
            response = .json(ErrorMessage(message: message), status: status)
        }
        // What is left of a body that is too large isn't worth reading.
        if closes { response.headers[.connection] = "close" }
        return response
    }

    static func status(of code: RPCError.Code) -> HTTPResponse.Status {
        switch code {
        case .invalidParameter: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .notModified: .notModified
        case .conflict: .conflict
        case .notImplemented: .notImplemented
        case .unavailable: .serviceUnavailable
        case .resourceExhausted, .deadlineExceeded, .cancelled, .internalError: .internalServerError
        }
    }

    private static func isTooLarge(_ error: RPCError) -> Bool {
        error.code == .invalidParameter && error.details[tooLarge] != nil
    }
}
