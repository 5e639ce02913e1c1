// The names that containers, volumes and checkpoints can have.

public enum ResourceName {
    /// How Docker's errors describe the characters: the first, and the others.
    public static let characters = "[a-zA-Z0-9][a-zA-Z0-9_.-]"

    /// At least two characters of these.
    public static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard bytes.count >= 2, let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
