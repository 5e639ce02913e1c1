// Which names a container may have.
public import RPC

/// A container's name, without the slash that Docker shows in front of it.
public enum ContainerName {
    /// Checks a name that a user gave; a leading slash is taken off. Errors: `invalidParameter` in Docker's words.
    public static func parse(_ text: String) throws(RPCError) -> String {
        let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
        guard isValid(name) else {
            throw RPCError(
                .invalidParameter, "Invalid container name (\(text)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        return name
    }

    private static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard bytes.count >= 2, let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
