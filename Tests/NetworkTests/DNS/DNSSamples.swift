// Messages for tests, made by the writer or given as bytes.
import Testing

@testable import NetworkServer

enum DNSSamples {
    static func query(
        _ name: String, _ type: DNSType = .a, id: UInt16 = 0x1234, payload: UInt16? = nil, flags: UInt16 = DNSHeader.Flag.recursionDesired
    ) throws -> DNSMessage {
        var writer = DNSWriter(DNSHeader(id: id, flags: flags))
        writer.question(DNSQuestion(name: try #require(DNSName(name)), type: type))
        writer.count(.questions, 1)
        if let payload {
            writer.options(payload: payload, code: .noError, wantsSignatures: false)
            writer.count(.additionals, 1)
        }
        return try DNSMessage(parsing: writer.bytes)
    }

    /// An answer with as many addresses from 192.0.2.0 on.
    static func answer(
        to query: DNSMessage, _ code: DNSCode = .noError, addresses count: Int = 1, ttl: UInt32 = 60, truncated: Bool = false
    ) throws -> DNSMessage {
        let flags = DNSHeader.Flag.response | code.rawValue | (truncated ? DNSHeader.Flag.truncated : 0)
        var writer = DNSWriter(DNSHeader(id: query.header.id, flags: flags))
        let question = try #require(query.questions.first)
        writer.question(question)
        writer.count(.questions, 1)
        for number in 0..<count {
            writer.record(question.name, .a, ttl: ttl) { $0.append([192, 0, 2, UInt8(truncatingIfNeeded: number)]) }
        }
        writer.count(.answers, count)
        return try DNSMessage(parsing: writer.bytes)
    }

    static func addresses(_ message: DNSMessage) -> [String] {
        message.answers.compactMap { IPAddress(bytes: message.bytes[$0.data])?.description }
    }
}
