// A DNS message taken apart: RFC 1035, and the pseudo-record of RFC 6891.

/// The first twelve bytes.
struct DNSHeader: Sendable, Equatable {
    var id: UInt16
    var flags: UInt16

    static let byteCount = 12

    enum Flag {
        static let response: UInt16 = 0x8000
        static let truncated: UInt16 = 0x0200
        static let recursionDesired: UInt16 = 0x0100
        static let recursionAvailable: UInt16 = 0x0080
        static let checkingDisabled: UInt16 = 0x0010
    }

    var isResponse: Bool { flags & Flag.response != 0 }
    var isTruncated: Bool { flags & Flag.truncated != 0 }
    /// 0 for an ordinary query.
    var opcode: UInt16 { flags >> 11 & 0xf }
    /// The lower four bits of the response code.
    var code: DNSCode { DNSCode(rawValue: flags & 0xf) }
}

/// A response code.
struct DNSCode: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt16
    static let noError = DNSCode(rawValue: 0)
    static let formatError = DNSCode(rawValue: 1)
    static let serverFailure = DNSCode(rawValue: 2)
    static let noSuchName = DNSCode(rawValue: 3)
    static let notImplemented = DNSCode(rawValue: 4)
    static let refused = DNSCode(rawValue: 5)
    /// Needs the extended bits of an OPT record.
    static let badVersion = DNSCode(rawValue: 16)
}

/// A type of record.
struct DNSType: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt16
    static let a = DNSType(rawValue: 1)
    static let soa = DNSType(rawValue: 6)
    static let ptr = DNSType(rawValue: 12)
    static let mx = DNSType(rawValue: 15)
    static let txt = DNSType(rawValue: 16)
    static let aaaa = DNSType(rawValue: 28)
    static let opt = DNSType(rawValue: 41)
    static let any = DNSType(rawValue: 255)
}

/// What is asked for.
struct DNSQuestion: Sendable, Hashable {
    var name: DNSName
    var type: DNSType
    /// 1 is the Internet.
    var classCode: UInt16 = internet

    static let internet: UInt16 = 1

    /// As a key: case doesn't matter.
    var folded: DNSQuestion { DNSQuestion(name: name.folded, type: type, classCode: classCode) }
}

/// A record, its data left where it is.
struct DNSRecord: Sendable, Equatable {
    var name: DNSName
    var type: DNSType
    var classCode: UInt16
    /// Seconds.
    var ttl: UInt32
    /// Where the four bytes of the TTL are.
    var ttlOffset: Int
    /// Where the data is.
    var data: Range<Int>
}

/// What a sender can take, by RFC 6891.
struct DNSExtension: Sendable, Equatable {
    /// Bytes of a datagram.
    var payload: UInt16
    var version: UInt8
    /// Wants DNSSEC records.
    var wantsSignatures: Bool
}

/// A message whose every part has been read.
struct DNSMessage: Sendable {
    let bytes: [UInt8]
    let header: DNSHeader
    let questions: [DNSQuestion]
    let answers: [DNSRecord]
    let authorities: [DNSRecord]
    let additionals: [DNSRecord]
    /// Where the questions end.
    let questionEnd: Int

    init(parsing bytes: [UInt8]) throws(DNSFormatError) {
        var reader = DNSReader(bytes)
        header = DNSHeader(id: try reader.short(), flags: try reader.short())
        let counts = [try reader.short(), try reader.short(), try reader.short(), try reader.short()]
        questions = try Self.list(counts[0], &reader, Self.question)
        questionEnd = reader.position
        answers = try Self.list(counts[1], &reader, Self.record)
        authorities = try Self.list(counts[2], &reader, Self.record)
        additionals = try Self.list(counts[3], &reader, Self.record)
        self.bytes = bytes
    }

    var records: [DNSRecord] { answers + authorities + additionals }

    var extensions: DNSExtension? {
        additionals.first { $0.type == .opt }.map { record in
            DNSExtension(
                payload: record.classCode, version: UInt8(truncatingIfNeeded: record.ttl >> 16), wantsSignatures: record.ttl & 0x8000 != 0)
        }
    }

    private static func question(_ reader: inout DNSReader) throws(DNSFormatError) -> DNSQuestion {
        let name = try reader.name()
        let type = DNSType(rawValue: try reader.short())
        return DNSQuestion(name: name, type: type, classCode: try reader.short())
    }

    private static func record(_ reader: inout DNSReader) throws(DNSFormatError) -> DNSRecord {
        let name = try reader.name()
        let type = DNSType(rawValue: try reader.short())
        let classCode = try reader.short()
        let ttlOffset = reader.position
        let ttl = try reader.long()
        let length = Int(try reader.short())
        return DNSRecord(name: name, type: type, classCode: classCode, ttl: ttl, ttlOffset: ttlOffset, data: try reader.skip(length))
    }

    /// Each element takes at least five bytes of what there is, so a count can't make it allocate more than that.
    private static func list<Element>(
        _ count: UInt16, _ reader: inout DNSReader, _ element: (inout DNSReader) throws(DNSFormatError) -> Element
    ) throws(DNSFormatError) -> [Element] {
        var list: [Element] = []
        for _ in 0..<count { list.append(try element(&reader)) }
        return list
    }
}
