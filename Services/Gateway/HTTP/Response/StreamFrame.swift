// The frames that tell a container's output streams apart: a stream's number, three zeros, the length, the bytes.
import NIOCore

enum StreamFrame {
    enum Source: UInt8, Sendable {
        case stdin = 0
        case stdout = 1
        case stderr = 2
    }

    static let headLength = 8

    /// Appends one frame. A payload longer than a frame can say is split.
    static func append(_ bytes: some Collection<UInt8>, of source: Source, to buffer: inout ByteBuffer) {
        var rest = bytes[...]
        repeat {
            let payload = rest.prefix(Int(Int32.max))
            buffer.writeInteger(source.rawValue)
            buffer.writeRepeatingByte(0, count: 3)
            buffer.writeInteger(UInt32(payload.count), endianness: .big)
            buffer.writeBytes(payload)
            rest = rest.dropFirst(payload.count)
        } while !rest.isEmpty
    }
}
