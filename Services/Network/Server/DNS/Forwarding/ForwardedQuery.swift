// A query on its way to a name server, and which answers are answers to it.

/// A client's query under an identity nobody else knows.
struct ForwardedQuery: Sendable {
    /// As it is sent.
    let bytes: [UInt8]
    private let id: UInt16
    private let question: DNSQuestion

    /// nil for a query without exactly one question.
    init?(_ query: DNSMessage, id: UInt16 = .random(in: 0 ... .max)) {
        guard query.questions.count == 1, let question = query.questions.first else { return nil }
        self.id = id
        self.question = question.folded
        bytes = [UInt8(id >> 8), UInt8(truncatingIfNeeded: id)] + query.bytes.dropFirst(2)
    }

    /// The answer; nil for what isn't one to this query, whoever sent it.
    func answer(in bytes: [UInt8]) -> DNSMessage? {
        guard bytes.count >= DNSHeader.byteCount, UInt16(bytes[0]) << 8 | UInt16(bytes[1]) == id, bytes[2] & 0x80 != 0,
            let message = try? DNSMessage(parsing: bytes), message.header.opcode == 0
        else { return nil }
        // Servers that can't make sense of a query may leave the question out when they say so.
        let isRefusal = message.questions.isEmpty && ![.noError, .noSuchName].contains(message.header.code)
        return isRefusal || message.questions.map(\.folded) == [question] ? message : nil
    }
}

extension ForwardRace.Outcome {
    init(_ answer: DNSMessage) {
        switch answer.header.code {
        case .noError where !answer.answers.isEmpty: self = .conclusive
        case .noError, .noSuchName: self = .negative
        default: self = .refusal
        }
    }
}
