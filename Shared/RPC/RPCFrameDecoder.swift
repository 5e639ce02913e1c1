// Bytes to frames, however the bytes are cut.

/// What a peer did that ends the connection.
public struct RPCProtocolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// For the log.
    public let reason: String
    /// Told to the peer before closing, if it can be expected to understand it.
    public let answer: RPCError?

    public init(_ reason: String, answer: RPCError? = nil) {
        self.reason = reason
        self.answer = answer
    }

    public var description: String { reason }
}

/// Puts frames together from pieces of any size. Holds at most one frame, and checks a length before any of it is kept.
public struct RPCFrameDecoder: Sendable {
    private let limit: Int
    private var head: [UInt8] = []
    private var body: [UInt8] = []
    private var missing = 0
    private var header: Header?
    private var failed = false

    private struct Header {
        let kind: RPCFrame.Kind
        let stream: UInt32
        let descriptorCount: Int
    }

    /// `limit` is the largest length prefix taken.
    public init(limit: Int = RPCLimits.standard.frameBytes) {
        self.limit = limit
        head.reserveCapacity(RPCFrame.overheadBytes)
    }

    /// Whether a frame has begun that isn't complete.
    public var isMidFrame: Bool { !head.isEmpty }

    /// Takes bytes and hands on each frame that they complete. Throws `RPCProtocolError` for bytes that are no frames, and whatever
    /// `receive` throws; the decoder takes nothing afterwards.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, _ receive: (RPCFrame) throws -> Void) throws {
        guard !failed else { return }
        failed = true
        var rest = bytes[...]
        while !rest.isEmpty {
            if header == nil { try takeHead(&rest) }
            guard let header else { break }
            takeBody(&rest)
            guard missing == 0 else { break }
            let frame = RPCFrame(header.kind, stream: header.stream, descriptorCount: header.descriptorCount, body: body)
            reset()
            try receive(frame)
        }
        failed = false
    }

    private mutating func reset() {
        head.removeAll(keepingCapacity: true)
        body = []
        header = nil
    }

    // The version is looked at as soon as it is there: another version's frames may be laid out otherwise after it.
    private mutating func takeHead(_ rest: inout Slice<UnsafeRawBufferPointer>) throws {
        while head.count < RPCFrame.overheadBytes, let byte = rest.popFirst() {
            head.append(byte)
            if head.count == RPCFrame.prefixBytes { missing = try checkedLength() - RPCFrame.headerBytes }
            if head.count == RPCFrame.prefixBytes + 1 { try checkVersion(byte) }
        }
        guard head.count == RPCFrame.overheadBytes else { return }
        guard let kind = RPCFrame.Kind(rawValue: head[5]) else { throw RPCProtocolError("sent a frame of the unknown kind \(head[5])") }
        guard head[7] == 0 else { throw RPCProtocolError("sent a frame whose reserved byte is \(head[7])") }
        header = Header(kind: kind, stream: Self.bigEndian(head[8..<12]), descriptorCount: Int(head[6]))
        body.reserveCapacity(min(missing, 64 << 10))
    }

    private mutating func takeBody(_ rest: inout Slice<UnsafeRawBufferPointer>) {
        let part = rest.prefix(missing)
        body.append(contentsOf: part)
        missing -= part.count
        rest = rest.dropFirst(part.count)
    }

    private func checkedLength() throws -> Int {
        let length = Int(Self.bigEndian(head[0..<4]))
        guard length >= RPCFrame.headerBytes else { throw RPCProtocolError("announced a frame of \(length) bytes, less than a header") }
        guard length <= limit else { throw RPCProtocolError("announced a frame of \(length) bytes, more than the \(limit) allowed") }
        return length
    }

    private func checkVersion(_ version: UInt8) throws {
        guard version != RPCFrame.version else { return }
        throw RPCProtocolError.version(version)
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}

extension RPCProtocolError {
    static func version(_ version: UInt8) -> RPCProtocolError {
        let reason = "speaks version \(version) of the protocol, this side version \(RPCFrame.version)"
        return RPCProtocolError(
            reason,
            answer: RPCError(
                .notImplemented, "The peer \(reason).",
                details: ["version": "\(RPCFrame.version)", "peerVersion": "\(version)"]))
    }
}
