// The client's side of a WebSocket: bytes in, messages out (RFC 6455, section 5). Pure.
import NIOCore

/// What a client sent.
enum WebSocketInput: Equatable {
    /// A piece of a message, text or binary: a stream knows no message boundaries.
    case data(ByteBuffer)
    case ping(ByteBuffer)
    case close
}

/// Bytes that are no WebSocket frames, or more than one may hold.
struct WebSocketProtocolError: Error, Equatable {
    /// RFC 6455, section 7.4.1.
    let code: UInt16

    static let malformed = WebSocketProtocolError(code: 1002)
    static let tooLarge = WebSocketProtocolError(code: 1009)
}

/// Takes bytes as they come; a frame is given out when it is whole.
struct WebSocketReader {
    /// Bytes of one frame's payload.
    static let payloadLimit = 4 << 20
    private static let controlLimit = 125

    private var buffer = ByteBuffer()

    mutating func append(_ bytes: ByteBuffer) {
        buffer.discardReadBytes()
        buffer.writeImmutableBuffer(bytes)
    }

    /// The next whole frame, nil when more bytes are needed. Errors: `WebSocketProtocolError`.
    mutating func next() throws(WebSocketProtocolError) -> WebSocketInput? {
        var rest = buffer
        guard let first: UInt8 = rest.readInteger(), let second: UInt8 = rest.readInteger() else { return nil }
        // Reserved bits stand for extensions, of which there are none, and clients mask whatever they send.
        guard first & 0x70 == 0, second & 0x80 != 0 else { throw .malformed }
        let isControl = first & 0x08 != 0
        guard let length = try Self.length(second & 0x7f, &rest, isControl: isControl) else { return nil }
        if isControl, first & 0x80 == 0 { throw .malformed }
        guard let mask = rest.readBytes(length: 4), let payload = rest.readSlice(length: length) else { return nil }
        buffer = rest
        return try Self.input(first & 0x0f, Self.unmasked(payload, mask))
    }

    /// nil when more bytes are needed.
    private static func length(
        _ short: UInt8, _ rest: inout ByteBuffer, isControl: Bool
    ) throws(WebSocketProtocolError) -> Int? {
        guard !isControl || Int(short) <= controlLimit else { throw .malformed }
        switch short {
        case 126: return rest.readInteger(as: UInt16.self).map(Int.init)
        case 127:
            guard let long = rest.readInteger(as: UInt64.self) else { return nil }
            guard long <= UInt64(payloadLimit) else { throw .tooLarge }
            return Int(long)
        default: return Int(short)
        }
    }

    private static func unmasked(_ payload: ByteBuffer, _ mask: [UInt8]) -> ByteBuffer {
        ByteBuffer(bytes: payload.readableBytesView.enumerated().map { $0.element ^ mask[$0.offset & 3] })
    }

    /// nil for a pong, which nobody waits for.
    private static func input(_ opcode: UInt8, _ payload: ByteBuffer) throws(WebSocketProtocolError) -> WebSocketInput? {
        switch opcode {
        case 0, 1, 2: .data(payload)
        case 8: .close
        case 9: .ping(payload)
        case 10: .data(ByteBuffer())
        default: throw .malformed
        }
    }
}

/// The server's side: frames are never masked and never split.
enum WebSocketFrame {
    enum Kind: UInt8 {
        case text = 0x81
        case binary = 0x82
        case close = 0x88
        case pong = 0x8a
    }

    static func make(_ kind: Kind, _ payload: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(kind.rawValue)
        switch payload.readableBytes {
        case ...125: frame.writeInteger(UInt8(payload.readableBytes))
        case ...0xffff:
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(payload.readableBytes))
        default:
            frame.writeInteger(UInt8(127))
            frame.writeInteger(UInt64(payload.readableBytes))
        }
        frame.writeImmutableBuffer(payload)
        return frame
    }

    static func close(_ code: UInt16) -> ByteBuffer { make(.close, ByteBuffer(integer: code)) }
}
