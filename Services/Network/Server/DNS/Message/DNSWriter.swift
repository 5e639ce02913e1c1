// Puts DNS messages together, with compressed names.

/// A message in the making.
struct DNSWriter {
    private(set) var bytes: [UInt8]
    /// Where each name that was written begins, by its lower-case form.
    private var offsets: [[UInt8]: Int] = [:]

    /// Begins with the header; counts are set by `count`.
    init(_ header: DNSHeader) {
        bytes = []
        short(header.id)
        short(header.flags)
        bytes += [UInt8](repeating: 0, count: DNSHeader.byteCount - 4)
    }

    mutating func short(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    mutating func long(_ value: UInt32) {
        short(UInt16(value >> 16))
        short(UInt16(truncatingIfNeeded: value))
    }

    /// Ends in a pointer where the rest of the name is in the message already.
    mutating func name(_ name: DNSName) {
        let folded = name.folded.wire
        var position = 0
        while position < name.wire.count, name.wire[position] != 0 {
            let rest = Array(folded[position...])
            if let offset = offsets[rest] {
                short(0xc000 | UInt16(offset))
                return
            }
            if bytes.count < 0x4000 { offsets[rest] = bytes.count }
            let end = min(position + 1 + Int(name.wire[position]), name.wire.count)
            bytes += name.wire[position..<end]
            position = end
        }
        bytes.append(0)
    }

    mutating func question(_ question: DNSQuestion) {
        name(question.name)
        short(question.type.rawValue)
        short(question.classCode)
    }

    /// `data` writes the record's data, and its length is filled in.
    mutating func record(_ owner: DNSName, _ type: DNSType, ttl: UInt32, _ data: (inout DNSWriter) -> Void) {
        name(owner)
        short(type.rawValue)
        short(DNSQuestion.internet)
        long(ttl)
        let start = bytes.count
        short(0)
        data(&self)
        set(UInt16(truncatingIfNeeded: bytes.count - start - 2), at: start)
    }

    mutating func append(_ data: [UInt8]) {
        bytes += data
    }

    /// What this server can take. `code` is the whole response code, of which the upper bits are here.
    mutating func options(payload: UInt16, code: DNSCode, wantsSignatures: Bool) {
        bytes.append(0)
        short(DNSType.opt.rawValue)
        short(payload)
        long(UInt32(code.rawValue >> 4) << 24 | (wantsSignatures ? 0x8000 : 0))
        short(0)
    }

    enum Section: Int { case questions = 4, answers = 6, authorities = 8, additionals = 10 }

    mutating func count(_ section: Section, _ count: Int) {
        set(UInt16(truncatingIfNeeded: count), at: section.rawValue)
    }

    mutating func set(flags: UInt16) {
        set(flags, at: 2)
    }

    /// Goes back to an earlier length. Names that are gone are not pointed to any more.
    mutating func truncate(to count: Int) {
        bytes.removeLast(bytes.count - min(count, bytes.count))
        offsets = offsets.filter { $0.value < count }
    }

    private mutating func set(_ value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
