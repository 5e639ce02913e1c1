// Reads the errors in a registry's answer.
import FoundationEssentials
import NIOCore

/// `{"errors":[{"code":…,"message":…}]}`, or the `{"details":…}` that some token services give.
enum RegistryErrorBody {
    private struct Document: Decodable {
        struct Entry: Decodable {
            var code: String?
            var message: String?
        }
        var errors: [Entry]?
        var details: String?
    }

    /// Bytes that are read of an error.
    static let limit = 64 << 10

    /// None for a body of another shape.
    static func entries(_ body: some Collection<UInt8>) -> [RegistryAnswer.Entry] {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(body)) else { return [] }
        if let details = document.details, document.errors == nil { return [.init(code: "UNKNOWN", message: details)] }
        return (document.errors ?? []).map { .init(code: $0.code ?? "UNKNOWN", message: $0.message ?? "") }
    }
}
