// What the compatibility ledger asks of the engine: one probe a field of the API, read from probes.txt.
import Foundation

/// A field of the request schemas: an operation, and a body's path, a query parameter (`?limit`), a header (`X:`), or everything (`*`).
struct LedgerField: Hashable, CustomStringConvertible {
    /// `POST /containers/create`
    let operation: String
    let name: String

    var description: String { "\(operation) \(name)" }

    /// The words that an answer may name the field by: `BlkioWeightDevice` and `Path` of `HostConfig.BlkioWeightDevice[].Path`.
    var words: [String] {
        name.split(separator: ".").map { $0.filter { !"[]{}?:*".contains($0) } }.filter { !["", "HostConfig"].contains($0) }
    }

    func isNamed(in text: String) -> Bool { words.contains { text.lowercased().contains($0.lowercased()) } }

    /// All that the specification knows, in its order.
    static func all() throws -> [LedgerField] {
        try LedgerFile.sections("request-fields.facts").flatMap { section in
            section.lines.map { LedgerField(operation: section.operation, name: $0) }
        }
    }
}

/// A request that sets one field, and how to see what came of it.
struct LedgerProbe {
    let field: LedgerField
    /// A body as the operation's subject takes it, or a method, a target and perhaps a body.
    let request: String
    /// One, or several that must all hold.
    let evidence: [LedgerEvidence]

    static func all() throws -> [LedgerProbe] {
        try LedgerFile.sections("probes.txt").flatMap { section in
            try section.lines.map { line in
                let parts = line.components(separatedBy: " | ")
                guard parts.count >= 3 else { throw LedgerFile.Malformed(line: line) }
                return LedgerProbe(
                    field: LedgerField(operation: section.operation, name: parts[0]), request: parts[1],
                    evidence: try parts[2...].map { try LedgerEvidence($0) })
            }
        }
    }
}

/// How to see that a field works.
enum LedgerEvidence: Equatable {
    /// The whole body of the request is found again in what an inspection of its subject answers.
    case shown
    /// The inspection has a value at a place, at once or in the end: `has State Health Status = "healthy"`.
    case has(path: [String], value: String)
    /// A shell in the container prints these words.
    case prints(script: String, text: String)
    /// The container, or the command, as asked for, writes these words.
    case logs(String)
    /// The subject is gone when it has ended.
    case vanishes
    case status(Int)
    /// The answer has this in it, or another request's answer has, when one is named: `GET /x says y`.
    case says(String, from: String?)
    case lacks(String, from: String?)
    case length(Int)
    /// A refusal names the field by this word.
    case named(String)
    /// Kernels differ: where one lacks it, a warning says so.
    case host

    init(_ text: String) throws {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let rest = words.count > 1 ? words[1] : ""
        switch words[0] {
        case "shown": self = .shown
        case "vanishes": self = .vanishes
        case "logs": self = .logs(rest)
        case "named": self = .named(rest)
        case "host": self = .host
        case "status": self = .status(Int(rest) ?? 0)
        case "length": self = .length(Int(rest) ?? 0)
        case "says": self = .says(rest, from: nil)
        case "lacks": self = .lacks(rest, from: nil)
        case "has":
            let sides = try Self.split(text.dropFirst(4), " = ")
            self = .has(path: sides.0.split(separator: " ").map(String.init), value: sides.1)
        case "prints":
            let sides = try Self.split(text.dropFirst(7), " => ")
            self = .prints(script: sides.0, text: sides.1)
        case "GET", "POST", "DELETE", "PUT", "HEAD":
            if let sides = try? Self.split(text[...], " says ") {
                self = .says(sides.1, from: sides.0)
            } else {
                let sides = try Self.split(text[...], " lacks ")
                self = .lacks(sides.1, from: sides.0)
            }
        default: throw LedgerFile.Malformed(line: text)
        }
    }

    private static func split(_ text: Substring, _ separator: String) throws -> (String, String) {
        guard let range = text.range(of: separator) else { throw LedgerFile.Malformed(line: String(text)) }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }

    /// The words of the ledger.
    var summary: String {
        switch self {
        case .shown: "shown by inspect"
        case .has(let path, let value): "inspect: \(path.joined(separator: ".")) = \(value)"
        case .prints(let script, let text): "inside: `\(script)` prints \(text)"
        case .logs(let text): "writes \(text)"
        case .vanishes: "is gone when it has ended"
        case .status(let status): "status \(status)"
        case .says(let text, let source): "\(source.map { "`\($0)`" } ?? "the answer") has \(text)"
        case .lacks(let text, let source): "\(source.map { "`\($0)`" } ?? "the answer") lacks \(text)"
        case .length(let count): "\(count) in the answer"
        case .named(let word): "named \(word)"
        case .host: "or the answer warns that the kernel lacks it"
        }
    }
}

/// The files beside this one: lines under headings of operations.
enum LedgerFile {
    struct Malformed: Error { let line: String }

    static func path(_ name: String) -> URL { URL(filePath: #filePath).deletingLastPathComponent().appending(path: name) }

    static func sections(_ name: String) throws -> [(operation: String, lines: [String])] {
        var sections: [(operation: String, lines: [String])] = []
        for line in try String(contentsOf: path(name), encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("= ") {
                sections.append((String(line.dropFirst(2)), []))
            } else {
                guard !sections.isEmpty else { throw Malformed(line: String(line)) }
                sections[sections.count - 1].lines.append(String(line))
            }
        }
        return sections
    }
}
