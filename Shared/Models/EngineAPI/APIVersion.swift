// Versions of the Engine API.

/// A version such as 1.52, compared number by number.
public struct APIVersion: Sendable, Equatable, Hashable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.52`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Self.number(parts[0]), let minor = Self.number(parts[1]) else { return nil }
        self.init(major, minor)
    }

    /// Digits only, and few of them.
    private static func number(_ digits: some StringProtocol) -> Int? {
        guard digits.utf8.count <= 4, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(digits)
    }

    /// The newest version this engine speaks, and what it speaks on paths without a version.
    public static let newest = APIVersion(1, 52)
    /// The oldest version this engine speaks.
    public static let oldest = APIVersion(1, 18)

    public var description: String { "\(major).\(minor)" }

    public static func < (left: APIVersion, right: APIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
