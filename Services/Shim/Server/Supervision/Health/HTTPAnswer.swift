// The beginning of what an HTTP server answers: as much as tells a container's health. Pure.
import Contracts

struct HTTPAnswer {
    enum Verdict: Equatable {
        /// The status, from 100 to 599.
        case status(Int)
        case notHTTP
        case incomplete
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private(set) var bytes: [UInt8] = []

    /// Takes what came from the server, up to what is kept of a check's output.
    mutating func append(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more.prefix(HealthResult.outputLimit - bytes.count))
    }

    /// By the status line. One that doesn't end within what is kept isn't HTTP.
    var verdict: Verdict {
        guard let end = bytes.firstIndex(of: Self.lineFeed) else { return bytes.count < HealthResult.outputLimit ? .incomplete : .notHTTP }
        let parts = bytes[..<end].split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count >= 2, parts[0].starts(with: "HTTP/1.".utf8), parts[1].prefix(3).count == 3,
            let status = Int(String(decoding: parts[1].filter { $0 != Self.carriageReturn }, as: UTF8.self)), (100...599).contains(status)
        else { return .notHTTP }
        return .status(status)
    }

    /// The status line, and the body as far as it came with it.
    var words: String {
        let text = String(decoding: bytes.filter { $0 != Self.carriageReturn }, as: UTF8.self)
        let line = text.prefix { $0 != "\n" }
        guard let body = Self.body(text), !body.isEmpty else { return String(line) }
        return "\(line)\n\(body)"
    }

    private static func body(_ text: String) -> Substring? {
        var rest = text[...]
        while let end = rest.firstIndex(of: "\n") {
            let isEmpty = end == rest.startIndex
            rest = rest[rest.index(after: end)...]
            if isEmpty { return rest }
        }
        return nil
    }
}
