// The bodies that are read by hand on the way.

enum RPCPing {
    /// Bytes that a ping may ask to have sent back.
    static let longestBody = 64
}

enum RPCCreditBody {
    /// The credit a frame grants; nil when it isn't well formed.
    static func bytes(of frame: RPCFrame) -> Int? {
        guard let document = try? CBORDocument(validating: frame.body[...]), var fields = CBORMapCursor(document, at: 0) else { return nil }
        return fields.value(forKey: "bytes").flatMap { document.integer(Int.self, at: $0) }
    }
}
