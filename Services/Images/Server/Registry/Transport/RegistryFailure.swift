// What goes wrong between the service and a registry.
import NIOHTTP1

/// A failure with what it takes to word it. One type, so that retries and fallbacks decide by it.
enum RegistryFailure: Error, Sendable, Equatable {
    /// No answer: refused, cut, timed out, no TLS.
    case transport(method: String, url: String, reason: String)
    /// An answer that isn't the one asked for.
    case answer(RegistryAnswer)
    /// The registry wants credentials, and there are none.
    case noCredentials(method: String, url: String)
    /// What came isn't what the protocol or the manifest says.
    case content(String)
    /// The platform, or the kind of image, isn't there.
    case unsuitable(String)
    case notFound(String)
    case certificates(String)
}

/// A registry's refusal.
struct RegistryAnswer: Sendable, Equatable {
    /// One of the errors in its body.
    struct Entry: Sendable, Equatable {
        var code: String
        var message: String

        /// As Docker prints it: `manifest unknown: manifest unknown`.
        var text: String {
            let name = code.lowercased().replacing("_", with: " ")
            return message.isEmpty ? name : "\(name): \(message)"
        }
    }

    var method: String
    var url: String
    var status: Int
    var errors: [Entry]
    /// What the registry asks to wait before another try.
    var retryAfter: Duration?

    /// The words after the method and URL.
    var reason: String {
        if !errors.isEmpty { return errors.map(\.text).joined(separator: ", ") }
        switch status {
        case 401: return "unauthorized: authentication required"
        case 403: return "denied: requested access to the resource is denied"
        case 429: return "toomanyrequests: too many requests"
        default: return "unexpected status: \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)"
        }
    }

    /// The registry says so with its own code, or by the status where it gives none.
    func says(_ code: String, status: Int) -> Bool {
        errors.isEmpty ? self.status == status : errors.contains { $0.code == code }
    }
}

extension RegistryFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .transport(let method, let url, let reason): "\(Self.title(method)) \"\(url)\": \(reason)"
        case .answer(let answer): "\(Self.title(answer.method)) \"\(answer.url)\": \(answer.reason)"
        case .noCredentials(let method, let url): "\(Self.title(method)) \"\(url)\": no basic auth credentials"
        case .content(let text), .unsuitable(let text), .notFound(let text), .certificates(let text): text
        }
    }

    private static func title(_ method: String) -> String { method.prefix(1) + method.dropFirst().lowercased() }
}
