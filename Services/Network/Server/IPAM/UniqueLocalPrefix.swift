// The range of IPv6 subnets that an engine has for itself.

/// Unique local addresses (RFC 4193): a /48 with a random global ID, drawn once for each engine and then kept.
enum UniqueLocalPrefix {
    private static let length = 48
    /// fd00::/8
    private static let locallyAssigned = UInt128(0xfd) << 120

    static func random() -> IPPrefix? {
        let globalID = UInt128(UInt64.random(in: 0..<(1 << 40)))
        return IPPrefix(containing: IPAddress(family: .v6, value: locallyAssigned | globalID << 80), length: length)
    }

    /// The last network of the range, which is the default bridge's: others get theirs from the beginning.
    static func last(of prefix: IPPrefix) -> IPPrefix? { IPPrefix(containing: prefix.last, length: 64) }

    /// Networks of the usual size.
    static func template(of prefix: IPPrefix) -> PoolTemplate? {
        PoolTemplate(base: prefix, size: 64)
    }
}
