// What the Engine API's specification says of answers, read from engine-api.facts.
import Foundation

/// A type of the specification.
indirect enum SchemaType: Equatable, Sendable {
    case any, string, integer, number, boolean
    case array(SchemaType, nullable: Bool)
    case map(SchemaType, nullable: Bool)
    case named(String)

    init(_ text: Substring) {
        switch text {
        case "any": self = .any
        case "string": self = .string
        case "integer": self = .integer
        case "number": self = .number
        case "boolean": self = .boolean
        case _ where text.hasPrefix("[") || text.hasPrefix("{"):
            var inner = text.dropFirst().dropLast()
            let nullable = inner.hasSuffix("?")
            if nullable { inner = inner.dropLast() }
            self = text.hasPrefix("[") ? .array(SchemaType(inner), nullable: nullable) : .map(SchemaType(inner), nullable: nullable)
        default: self = .named(String(text))
        }
    }
}

/// A version of the API.
struct SchemaVersion: Comparable, CustomStringConvertible, Sendable {
    let major: Int
    let minor: Int

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 2 else { return nil }
        (major, minor) = (parts[0], parts[1])
    }

    static func < (left: SchemaVersion, right: SchemaVersion) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
    var description: String { "\(major).\(minor)" }
}

/// A field of a type.
struct SchemaField: Sendable {
    let type: SchemaType
    var isRequired = false
    var isNullable = false
    /// Empty when any value will do.
    var values: [String] = []
    var since: SchemaVersion?
    var until: SchemaVersion?

    func exists(in version: SchemaVersion) -> Bool { since.map { version >= $0 } ?? true && until.map { version <= $0 } ?? true }

    init(_ words: [Substring]) {
        type = SchemaType(words[0])
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1)
            switch parts[0] {
            case "required": isRequired = true
            case "nullable": isNullable = true
            case "enum": values = parts[1].split(separator: "|").map { $0 == "%00" ? "" : String($0.replacing("%20", with: " ")) }
            case "since": since = SchemaVersion(parts[1])
            case "until": until = SchemaVersion(parts[1])
            default: break
            }
        }
    }
}

/// What an operation answers with.
enum SchemaAnswer: Sendable {
    case nothing
    /// Of one of these media types.
    case bytes([String])
    /// One document after the other.
    case lines(SchemaType)
    case document(SchemaType)

    init(_ text: String) {
        if text == "-" {
            self = .nothing
        } else if text.hasPrefix("bytes:") {
            self = .bytes(text.dropFirst(6).split(separator: "|").map(String.init))
        } else if text.hasPrefix("lines:") {
            self = .lines(SchemaType(text.dropFirst(6)))
        } else {
            self = .document(SchemaType(text[...]))
        }
    }
}

/// The facts by operation and by type.
struct SchemaFacts: Sendable {
    struct Operation: Sendable {
        let status: Int
        let answer: SchemaAnswer
    }

    /// By method and path: `GET /containers/{id}/json`.
    private(set) var operations: [String: Operation] = [:]
    private(set) var types: [String: [String: SchemaField]] = [:]

    init(path: String) throws {
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            switch words[0] {
            case "operation" where words.count >= 5:
                let answer = SchemaAnswer(words[4...].joined(separator: " "))
                operations["\(words[1]) \(words[2])"] = Operation(status: Int(words[3]) ?? 0, answer: answer)
            case "field" where words.count >= 4:
                types[String(words[1]), default: [:]][String(words[2])] = SchemaField(Array(words[3...]))
            default: throw Malformed(line: String(line))
            }
        }
    }

    struct Malformed: Error { let line: String }
}
