// Reads references by the grammar of Docker and OCI distribution, with Docker's words for what is wrong.

/// Why a text is no reference. The words are Docker's.
public enum ImageReferenceError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidFormat
    case empty
    case upperCase(String)
    case tooLong
    case isIdentifier(String)
    case unsupportedDigestAlgorithm
    case invalidDigestLength

    public var description: String {
        switch self {
        case .invalidFormat: "invalid reference format"
        case .empty: "repository name must have at least one component"
        case .upperCase(let repository): "invalid reference format: repository name (\(repository)) must be lowercase"
        case .tooLong: "repository name must not be more than 255 characters"
        case .isIdentifier(let text): "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings"
        case .unsupportedDigestAlgorithm: "unsupported digest algorithm"
        case .invalidDigestLength: "invalid checksum digest length"
        }
    }
}

extension ImageReference {
    static let maximumPathLength = 255
    static let maximumTagLength = 128

    /// Normalises what a user writes. Throws `ImageReferenceError`.
    public init(parsing text: String) throws(ImageReferenceError) {
        if Self.isIdentifier(text) { throw .isIdentifier(text) }
        guard !text.isEmpty else { throw .invalidFormat }
        let (domain, remainder) = Self.splitDomain(text)
        let remote = remainder.prefix { $0 != ":" }
        if remote.utf8.contains(where: { (0x41...0x5a).contains($0) }) { throw .upperCase(String(remote)) }
        let parts = remainder.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let named = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard Self.isDomain(domain), Self.isPath(named[0]) else { throw .invalidFormat }
        guard named[0].utf8.count <= Self.maximumPathLength else { throw .tooLong }
        var tag: String?
        if named.count == 2 {
            guard Self.isTag(named[1]) else { throw .invalidFormat }
            tag = String(named[1])
        }
        self.init(domain: domain, path: String(named[0]), tag: tag, digest: try parts.count == 2 ? Self.digest(parts[1]) : nil)
    }

    /// 64 hexadecimal digits are an ID, never a name.
    public static func isIdentifier(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy(ContentDigest.isLowerHex)
    }

    /// The registry, if the first component looks like one, and the repository with tag and digest.
    private static func splitDomain(_ text: String) -> (domain: String, remainder: String) {
        guard let slash = text.firstIndex(of: "/") else { return (defaultDomain, officialPrefix + text) }
        let first = String(text[..<slash])
        let rest = String(text[text.index(after: slash)...])
        let hasUpperCase = first.utf8.contains { (0x41...0x5a).contains($0) }
        guard first == "localhost" || first.contains(".") || first.contains(":") || hasUpperCase else { return (defaultDomain, text) }
        let domain = first == legacyDefaultDomain ? defaultDomain : first
        return (domain, domain == defaultDomain && !rest.contains("/") ? officialPrefix + rest : rest)
    }

    private static func digest(_ text: Substring) throws(ImageReferenceError) -> ContentDigest {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, isDigestAlgorithm(parts[0]), parts[1].utf8.count >= 32, parts[1].utf8.allSatisfy(isHex)
        else { throw .invalidFormat }
        guard let length = ContentDigest.digits[String(parts[0])] else { throw .unsupportedDigestAlgorithm }
        guard parts[1].utf8.count == length else { throw .invalidDigestLength }
        guard let digest = ContentDigest(text) else { throw .invalidFormat }
        return digest
    }
}

// The character classes of the grammar.
extension ImageReference {
    /// `host[:port]`: labels of letters, digits and inner dashes, or an IPv6 address in brackets.
    static func isDomain(_ text: String) -> Bool {
        var host = Substring(text)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            let address = text[text.index(after: text.startIndex)..<end]
            guard !address.isEmpty, address.utf8.allSatisfy({ isHex($0) || $0 == colon }) else { return false }
            let rest = text[text.index(after: end)...]
            return rest.isEmpty || (rest.utf8.first == colon && isPort(rest.dropFirst()))
        }
        if let separator = text.firstIndex(of: ":") {
            guard isPort(text[text.index(after: separator)...]) else { return false }
            host = text[..<separator]
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isDomainLabel)
    }

    /// Components of lower-case letters and digits, joined inside by `.`, `_`, `__` or dashes.
    static func isPath(_ text: Substring) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isPathComponent)
    }

    /// A word character, then at most 127 of word characters, `.` and `-`.
    public static func isTag(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= maximumTagLength else { return false }
        return isWord(first) && text.utf8.allSatisfy { isWord($0) || $0 == dot || $0 == dash }
    }

    private static let dot = UInt8(ascii: "."), dash = UInt8(ascii: "-"), underscore = UInt8(ascii: "_"), colon = UInt8(ascii: ":")

    private static func isPathComponent(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, isLowerAlphanumeric(first), isLowerAlphanumeric(last) else { return false }
        var index = 0
        while index < bytes.count {
            if isLowerAlphanumeric(bytes[index]) { index += 1; continue }
            let start = index
            while index < bytes.count, !isLowerAlphanumeric(bytes[index]) { index += 1 }
            guard isSeparator(bytes[start..<index]) else { return false }
        }
        return true
    }

    private static func isSeparator(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.allSatisfy({ $0 == dash }) { return true }
        return bytes.elementsEqual([dot]) || bytes.elementsEqual([underscore]) || bytes.elementsEqual([underscore, underscore])
    }

    private static func isDomainLabel(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, first != dash, last != dash else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || $0 == dash }
    }

    private static func isDigestAlgorithm(_ text: Substring) -> Bool {
        text.split(omittingEmptySubsequences: false, whereSeparator: { "-_+.".contains($0) }).allSatisfy { part in
            guard let first = part.utf8.first else { return false }
            return isAlphanumeric(first) && !isDigit(first) && part.utf8.allSatisfy(isAlphanumeric)
        }
    }

    private static func isPort(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isDigit) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7a).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerAlphanumeric(byte) || (0x41...0x5a).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == underscore }
    private static func isHex(_ byte: UInt8) -> Bool { ContentDigest.isLowerHex(byte) || (0x41...0x46).contains(byte) }
}
