// The key sequence that leaves an attached container without ending it.
import RPC

/// `ctrl-p,ctrl-q` and the like, as bytes.
enum DetachKeys {
    static let standard: [UInt8] = [16, 17]

    /// Single characters, `DEL`, and `ctrl-` with a small letter or one of `@[\]^_`, separated by commas; empty for the standard.
    static func parse(_ text: String) throws(RPCError) -> [UInt8] {
        guard !text.isEmpty else { return standard }
        var keys: [UInt8] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let key = key(word) else { throw RPCError(.invalidParameter, "Invalid detach keys (\(text)) provided") }
            keys.append(key)
        }
        return keys
    }

    private static func key(_ word: Substring) -> UInt8? {
        let bytes = Array(word.utf8)
        if bytes.count == 1 { return bytes[0] }
        if word == "DEL" { return 127 }
        guard word.hasPrefix("ctrl-"), bytes.count == 6 else { return nil }
        switch bytes[5] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return bytes[5] - UInt8(ascii: "a") + 1
        case UInt8(ascii: "@"), UInt8(ascii: "[")...UInt8(ascii: "_"): return bytes[5] - 64
        default: return nil
        }
    }
}
