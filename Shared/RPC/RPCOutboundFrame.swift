// A frame as it is written: one buffer that the body is encoded into directly.

/// A frame's bytes. The stream id may be set late: the caller's task encodes, and the connection's loop numbers.
public struct RPCOutboundFrame: Sendable {
    private var writer: CBORWriter

    /// The bytes on the wire.
    public var bytes: [UInt8] { writer.bytes }

    public var isRequest: Bool { writer.bytes[5] == RPCFrame.Kind.request.rawValue }

    /// What an item costs of its stream's credit: its body and a share for keeping it.
    public var itemCost: Int { Self.itemCost(bodyBytes: writer.count - RPCFrame.overheadBytes) }

    /// Credit that an item costs besides its body's bytes, so that a million empty items aren't free.
    public static func itemCost(bodyBytes: Int) -> Int { bodyBytes + 64 }

    /// How many descriptors go with it.
    public let descriptorCount: Int

    public var stream: UInt32 = 0 {
        didSet { writer.overwrite(at: 8, with: stream) }
    }

    init(
        _ kind: RPCFrame.Kind, stream: UInt32 = 0, descriptorCount: Int = 0, version: UInt8 = RPCFrame.version,
        reserving capacity: Int = 0, _ body: (inout CBORWriter) throws -> Void
    ) rethrows {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(RPCFrame.overheadBytes + max(capacity, 64))
        buffer += [0, 0, 0, 0, version, kind.rawValue, UInt8(clamping: descriptorCount), 0, 0, 0, 0, 0]
        writer = CBORWriter(bytes: buffer)
        self.descriptorCount = descriptorCount
        try body(&writer)
        writer.overwrite(at: 0, with: UInt32(clamping: writer.count - RPCFrame.prefixBytes))
        writer.overwrite(at: 8, with: stream)
        self.stream = stream
    }

    func numbered(_ stream: UInt32) -> RPCOutboundFrame {
        var frame = self
        frame.stream = stream
        return frame
    }

    /// Throws `RPCError(.resourceExhausted)` for a frame larger than a peer takes.
    public func checked(limit: Int) throws(RPCError) -> RPCOutboundFrame {
        let size = writer.count - RPCFrame.prefixBytes
        guard size <= limit else {
            throw RPCError(.resourceExhausted, "The message has \(size) bytes; the other side takes at most \(limit).")
        }
        return self
    }
}

extension RPCOutboundFrame {
    /// A request. `credit` is what the callee may send of items, nil for a call without a stream.
    public static func request<Params: Encodable>(
        method: String, context: RPCContext, credit: Int? = nil, descriptorCount: Int = 0, _ params: Params
    ) throws -> RPCOutboundFrame {
        let fields = 3 + (context.timeoutNanoseconds == nil ? 0 : 1) + (credit == nil ? 0 : 1) + (context.scope.isEmpty ? 0 : 1)
        return try RPCOutboundFrame(.request, descriptorCount: descriptorCount, reserving: 256) { writer in
            writer.map(count: fields)
            writer.text("method")
            writer.text(method)
            writer.text("trace")
            writer.text(context.traceID)
            if let timeout = context.timeoutNanoseconds {
                writer.text("timeout")
                writer.integer(timeout)
            }
            if !context.scope.isEmpty {
                writer.text("scope")
                writer.text(context.scope)
            }
            if let credit {
                writer.text("credit")
                writer.integer(credit)
            }
            writer.text("params")
            try CBOREncoder().encode(params, into: &writer)
        }
    }

    public static func response<Value: Encodable>(_ value: Value) throws -> RPCOutboundFrame {
        try RPCOutboundFrame(.response, reserving: 256) { try CBOREncoder().encode(value, into: &$0) }
    }

    public static func item<Value: Encodable>(_ value: Value) throws -> RPCOutboundFrame {
        try RPCOutboundFrame(.item, reserving: 64) { try CBOREncoder().encode(value, into: &$0) }
    }

    public static func error(_ error: RPCError, stream: UInt32 = 0) -> RPCOutboundFrame {
        RPCOutboundFrame(.error, stream: stream) { error.write(into: &$0) }
    }

    static func credit(_ bytes: Int, stream: UInt32) -> RPCOutboundFrame {
        RPCOutboundFrame(.credit, stream: stream) { writer in
            writer.map(count: 1)
            writer.text("bytes")
            writer.integer(bytes)
        }
    }

    static func bare(_ kind: RPCFrame.Kind, stream: UInt32 = 0, _ body: [UInt8] = []) -> RPCOutboundFrame {
        RPCOutboundFrame(kind, stream: stream) { $0.append(body) }
    }
}

extension RPCError {
    // Written by hand: an error must get out even where encoding fails.
    fileprivate func write(into writer: inout CBORWriter) {
        writer.map(count: details.isEmpty ? 2 : 3)
        writer.text("code")
        writer.text(code.rawValue)
        writer.text("message")
        writer.text(message)
        guard !details.isEmpty else { return }
        writer.text("details")
        writer.map(count: details.count)
        for (key, value) in details.sorted(by: { $0.key < $1.key }) {
            writer.text(key)
            writer.text(value)
        }
    }
}
