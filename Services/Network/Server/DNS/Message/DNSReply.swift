// The answers this server gives by itself, and those it passes on, fitted to what the client takes.

/// Data of a record that this server makes.
enum DNSAnswer: Sendable, Equatable {
    case address(IPAddress)
    case pointer(DNSName)

    var type: DNSType {
        switch self {
        case .address(let address): address.family == .v4 ? .a : .aaaa
        case .pointer: .ptr
        }
    }
}

enum DNSReply {
    /// Seconds for which clients may keep a container's address: one that is replaced is found soon.
    static let ttl: UInt32 = 5
    /// Bytes of a datagram without EDNS.
    static let smallestLimit = 512
    /// Bytes of a datagram that is sent, whatever the client takes.
    static let largestLimit = 32768
    /// Bytes of a datagram that this server says it takes; more would be cut into fragments on most ways.
    static let ownPayload: UInt16 = 1232

    /// Bytes of an answer to the query, sent as a datagram.
    static func datagramLimit(of query: DNSMessage) -> Int {
        min(max(smallestLimit, Int(query.extensions?.payload ?? 0)), largestLimit)
    }

    /// An answer with the query's ID and question, at most `limit` bytes long: what doesn't fit is left out, and a flag says so.
    static func make(to query: DNSMessage, _ code: DNSCode, _ answers: [DNSAnswer] = [], limit: Int) -> [UInt8] {
        let flags =
            DNSHeader.Flag.response | DNSHeader.Flag.recursionAvailable | code.rawValue & 0xf
            | query.header.flags & (DNSHeader.Flag.recursionDesired | DNSHeader.Flag.checkingDisabled)
        var writer = DNSWriter(DNSHeader(id: query.header.id, flags: flags))
        query.questions.prefix(1).forEach { writer.question($0) }
        writer.count(.questions, min(1, query.questions.count))
        let reserve = query.extensions == nil ? 0 : 11
        var count = 0
        for answer in answers {
            let length = writer.bytes.count
            write(answer, of: query.questions.first?.name ?? .root, to: &writer)
            if writer.bytes.count + reserve > limit {
                writer.truncate(to: length)
                writer.set(flags: flags | DNSHeader.Flag.truncated)
                break
            }
            count += 1
        }
        writer.count(.answers, count)
        if let extensions = query.extensions {
            writer.options(payload: ownPayload, code: code, wantsSignatures: extensions.wantsSignatures)
            writer.count(.additionals, 1)
        }
        return writer.bytes
    }

    /// To what can't be read: nil unless there is a header of a query to answer.
    static func formatError(to bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= DNSHeader.byteCount, bytes[2] & 0x80 == 0 else { return nil }
        let flags = UInt16(bytes[2]) << 8 & 0x7900 | DNSHeader.Flag.response | DNSCode.formatError.rawValue
        return DNSWriter(DNSHeader(id: UInt16(bytes[0]) << 8 | UInt16(bytes[1]), flags: flags)).bytes
    }

    /// An upstream's answer for the client: with the client's ID and its spelling of the name, and cut to `limit` bytes.
    static func pass(_ answer: DNSMessage, to query: DNSMessage, limit: Int) -> [UInt8] {
        var bytes = answer.bytes
        bytes[0] = UInt8(query.header.id >> 8)
        bytes[1] = UInt8(truncatingIfNeeded: query.header.id)
        if let question = query.questions.first, answer.questions.first?.folded == question.folded,
            answer.bytes.count >= DNSHeader.byteCount + question.name.wire.count
        {
            bytes.replaceSubrange(DNSHeader.byteCount..<(DNSHeader.byteCount + question.name.wire.count), with: question.name.wire)
        }
        return bytes.count <= limit ? bytes : cut(bytes, answer, query)
    }

    /// Header and question alone: the client comes again by TCP.
    private static func cut(_ bytes: [UInt8], _ answer: DNSMessage, _ query: DNSMessage) -> [UInt8] {
        var cut = Array(bytes[..<answer.questionEnd])
        cut[2] |= 0x02
        for offset in 6..<DNSHeader.byteCount { cut[offset] = 0 }
        guard let extensions = query.extensions else { return cut }
        var writer = DNSWriter(answer.header)
        writer.options(payload: ownPayload, code: answer.header.code, wantsSignatures: extensions.wantsSignatures)
        cut += writer.bytes[DNSHeader.byteCount...]
        cut[11] = 1
        return cut
    }

    private static func write(_ answer: DNSAnswer, of owner: DNSName, to writer: inout DNSWriter) {
        writer.record(owner, answer.type, ttl: ttl) { writer in
            switch answer {
            case .address(let address): writer.append(address.bytes)
            case .pointer(let name): writer.name(name)
            }
        }
    }
}
