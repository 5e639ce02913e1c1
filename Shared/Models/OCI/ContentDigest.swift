// The name of content by its hash, as OCI and Docker write it.

/// `algorithm:hex`. Only SHA-256 names content in the store; other algorithms are recognised in references and refused by name elsewhere.
public struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    public var algorithm: String
    /// Lower-case hexadecimal digits.
    public var hex: String

    /// `sha256:…`.
    public init(sha256 hex: String) {
        algorithm = "sha256"
        self.hex = hex
    }

    /// Parses `algorithm:hex`; nil unless the algorithm is known and the digits are as many as it has, in lower case.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let digits = Self.digits[String(parts[0])], parts[1].utf8.count == digits,
            parts[1].utf8.allSatisfy(Self.isLowerHex)
        else { return nil }
        algorithm = String(parts[0])
        hex = String(parts[1])
    }

    public var description: String { "\(algorithm):\(hex)" }

    /// The first twelve digits, as Docker shows an ID.
    public var short: String { String(hex.prefix(12)) }

    static let digits = ["sha256": 64, "sha384": 96, "sha512": 128]

    static func isLowerHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}

extension ContentDigest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = ContentDigest(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "invalid digest '\(text.prefix(200))'")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
