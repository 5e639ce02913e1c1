// `80`, `53/udp`, `8000-8010/tcp`.

enum ExposedPort {
    /// Each port of the range as `port/protocol`. Throws `ChangeError`.
    static func parse(_ text: String) throws(ChangeError) -> [String] {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let proto = parts.count == 2 ? parts[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(proto) else { throw ChangeError("invalid proto: \(proto)") }
        let bounds = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0) }
        guard let low = bounds.first ?? nil, let high = bounds.last ?? nil, low > 0, low <= high else {
            throw ChangeError("invalid containerPort: \(text)")
        }
        return (low...high).map { "\($0)/\(proto)" }
    }
}
