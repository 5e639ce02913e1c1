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

    /// By the status line, behind those of interim answers. One that doesn't end within what is kept isn't HTTP.
    var verdict: Verdict {
        let answer = answer
        guard let end = answer.firstIndex(of: Self.lineFeed) else { return unfinished }
        guard let status = Self.status(answer[..<end]) else { return .notHTTP }
        return Self.isInterim(status) ? unfinished : .status(status)
    }

    private var unfinished: Verdict { bytes.count < HealthResult.outputLimit ? .incomplete : .notHTTP }

    /// Another answer follows. Behind 101 nothing is HTTP/1.
    private static func isInterim(_ status: Int) -> Bool { (100..<200).contains(status) && status != 101 }

    /// Three digits, behind the version.
    private static func status(_ line: ArraySlice<UInt8>) -> Int? {
        let parts = line.filter { $0 != carriageReturn }.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count >= 2, parts[0].starts(with: "HTTP/1.".utf8), parts[1].count == 3 else { return nil }
        guard parts[1].allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
        let status = parts[1].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return (100...599).contains(status) ? status : nil
    }

    /// What follows the empty line; nil before that has come.
    private static func behindHead(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = bytes
        while let end = rest.firstIndex(of: lineFeed) {
            let isEmpty = rest[..<end].allSatisfy { $0 == carriageReturn }
            rest = rest[(end + 1)...]
            if isEmpty { return rest }
        }
        return nil
    }

    /// The status line, and the body as far as it came with it.
    var words: String {
        let text = String(decoding: answer.filter { $0 != Self.carriageReturn }, as: UTF8.self)
        let line = text.prefix { $0 != "\n" }
        guard let body = Self.body(text), !body.isEmpty else { return String(line) }
        return "\(line)\n\(body)"
    }

    /// Without interim answers.
    private var answer: ArraySlice<UInt8> {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: Self.lineFeed), let status = Self.status(rest[..<end]), Self.isInterim(status),
            let next = Self.behindHead(rest)
        {
            rest = next
        }
        return rest
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
