// A valid data item in memory, read in place by offsets.
import Glibc

/// The bytes that a decoding reads. Whoever makes one has validated them; an offset that is none reads as null.
final class CBORDocument: Sendable {
    private let bytes: ArraySlice<UInt8>

    /// Throws `RPCError(.invalidParameter)` unless the bytes are one valid item.
    init(validating bytes: ArraySlice<UInt8>) throws(RPCError) {
        var failure: RPCError?
        bytes.withUnsafeBufferPointer { buffer in
            do throws(RPCError) { try CBORValidator.validate(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        self.bytes = bytes
    }

    /// For an item inside another that has been validated.
    init(validated bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The head of the item at an offset, past its tags.
    func head(at offset: Int) -> CBORHead? {
        bytes.withUnsafeBufferPointer { buffer in
            var head = CBORHead(buffer, at: offset)
            while let tag = head, tag.major == .tag { head = CBORHead(buffer, at: tag.next) }
            return head
        }
    }

    /// The offset after the item at `offset`.
    func skip(_ offset: Int) -> Int {
        bytes.withUnsafeBufferPointer { Self.skip($0, offset) }
    }

    func isStop(at offset: Int) -> Bool {
        offset >= bytes.count || bytes[bytes.startIndex + offset] == CBORSimple.stop
    }

    /// Whether the item at `offset` is a text equal to `key`; a map key is always of definite length.
    func text(at offset: Int, equals key: String) -> Bool {
        guard let head = head(at: offset), head.major == .text, head.argument == UInt64(key.utf8.count) else { return false }
        let isSame = key.utf8.withContiguousStorageIfAvailable { utf8 in
            bytes.withUnsafeBufferPointer { buffer in
                guard let wanted = utf8.baseAddress, let found = buffer.baseAddress else { return utf8.isEmpty }
                return memcmp(wanted, found + head.next, utf8.count) == 0
            }
        }
        return isSame ?? bytes[range(head.next, head.argument)].elementsEqual(key.utf8)
    }

    func text(at offset: Int) -> String? {
        guard let head = head(at: offset), head.major == .text else { return nil }
        guard head.isIndefinite else { return String(decoding: bytes[range(head.next, head.argument)], as: UTF8.self) }
        return String(decoding: chunks(from: head.next), as: UTF8.self)
    }

    func byteString(at offset: Int) -> [UInt8]? {
        guard let head = head(at: offset), head.major == .bytes else { return nil }
        return head.isIndefinite ? chunks(from: head.next) : Array(bytes[range(head.next, head.argument)])
    }

    func bool(at offset: Int) -> Bool? {
        switch head(at: offset)?.initial {
        case CBORSimple.true: true
        case CBORSimple.false: false
        default: nil
        }
    }

    /// nil for another type, and for a value that doesn't fit.
    func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value? {
        guard let head = head(at: offset) else { return nil }
        switch head.major {
        case .unsigned: return Value(exactly: head.argument)
        case .negative: return Int64(exactly: head.argument).flatMap { Value(exactly: ~$0) }
        default: return nil
        }
    }

    /// A float of any width, or an integer.
    func double(at offset: Int) -> Double? {
        guard let head = head(at: offset) else { return nil }
        switch head.initial {
        case CBORSimple.half: return HalfFloat.double(UInt16(truncatingIfNeeded: head.argument))
        case CBORSimple.float: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument)))
        case CBORSimple.double: return Double(bitPattern: head.argument)
        default: break
        }
        switch head.major {
        case .unsigned: return Double(head.argument)
        case .negative: return -1 - Double(head.argument)
        default: return nil
        }
    }

    func isNull(at offset: Int) -> Bool { head(at: offset)?.isNull ?? true }

    /// The bytes of the item at `offset` alone.
    func slice(at offset: Int) -> ArraySlice<UInt8> {
        bytes[(bytes.startIndex + offset)..<(bytes.startIndex + skip(offset))]
    }

    private func range(_ offset: Int, _ length: UInt64) -> Range<Int> {
        let start = bytes.startIndex + offset
        return start..<(start + Int(length))
    }

    private func chunks(from offset: Int) -> [UInt8] {
        var joined: [UInt8] = []
        var offset = offset
        while !isStop(at: offset), let head = head(at: offset) {
            joined.append(contentsOf: bytes[range(head.next, head.argument)])
            offset = head.next + Int(head.argument)
        }
        return joined
    }

    private static func skip(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Int {
        guard let head = CBORHead(bytes, at: offset) else { return bytes.count }
        switch head.major {
        case .unsigned, .negative, .simple: return head.next
        case .tag: return skip(bytes, head.next)
        case .bytes, .text:
            return head.isIndefinite ? skipToStop(bytes, head.next) : head.next + Int(head.argument)
        case .array, .map:
            if head.isIndefinite { return skipToStop(bytes, head.next) }
            var offset = head.next
            for _ in 0..<(head.major == .map ? 2 * head.argument : head.argument) { offset = skip(bytes, offset) }
            return offset
        }
    }

    private static func skipToStop(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Int {
        var offset = offset
        while offset < bytes.count, bytes[offset] != CBORSimple.stop { offset = skip(bytes, offset) }
        return offset + 1
    }
}
