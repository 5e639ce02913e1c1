// A request as the callee gets it: the circumstances read, the parameters not yet.

/// A request to be carried out. Its method is looked up and access is checked before `params` is decoded.
public struct RPCIncomingRequest: Sendable {
    public let stream: UInt32
    public let method: String
    public let context: RPCContext
    /// Credit for items to the caller; nil for a call without a stream.
    public let credit: Int?
    public let descriptorCount: Int
    public let params: RPCPayload

    private static let longestName = 128
    private static let longestScope = 1024

    /// Reads the envelope. Throws `RPCError(.invalidParameter)`, which answers this request alone.
    init(frame: RPCFrame) throws(RPCError) {
        let document = try CBORDocument(validating: frame.body[...])
        guard var fields = CBORMapCursor(document, at: 0) else { throw Self.malformed("is not a map") }
        guard let method = fields.value(forKey: "method").flatMap(document.text(at:)), method.utf8.count <= Self.longestName else {
            throw Self.malformed("has no method")
        }
        guard let trace = fields.value(forKey: "trace").flatMap(document.text(at:)), trace.utf8.count <= Self.longestName else {
            throw Self.malformed("has no trace")
        }
        let timeout = try Self.integer(UInt64.self, "timeout", &fields)
        var context = RPCContext(traceID: trace, timeoutNanoseconds: timeout)
        if let offset = fields.value(forKey: "scope") {
            guard let scope = document.text(at: offset), scope.utf8.count <= Self.longestScope else {
                throw Self.malformed("has no valid scope")
            }
            context.scope = scope
        }
        credit = try Self.integer(Int32.self, "credit", &fields).map { max(0, Int($0)) }
        guard let params = fields.value(forKey: "params") else { throw Self.malformed("has no params") }
        stream = frame.stream
        self.method = method
        self.context = context
        descriptorCount = frame.descriptorCount
        self.params = RPCPayload(validated: document.slice(at: params))
    }

    private static func integer<Value: FixedWidthInteger>(
        _ type: Value.Type, _ key: String, _ fields: inout CBORMapCursor
    ) throws(RPCError) -> Value? {
        guard let offset = fields.value(forKey: key), !fields.document.isNull(at: offset) else { return nil }
        guard let value = fields.document.integer(type, at: offset) else { throw malformed("has a \(key) out of range") }
        return value
    }

    private static func malformed(_ reason: String) -> RPCError { RPCError(.invalidParameter, "The request \(reason).") }
}
