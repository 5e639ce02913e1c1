// Which host ports to try for a binding, and in which order.

/// The range that the host gives out by itself, less what its administrator set aside.
struct EphemeralPorts: Sendable, Equatable {
    let range: ClosedRange<UInt16>
    let reserved: Set<UInt16>

    static let fallback = EphemeralPorts(range: 49153...65535, reserved: [])

    /// From the texts of `ip_local_port_range` and `ip_local_reserved_ports`; what can't be read counts as not set.
    init(localRange: String?, reservedPorts: String?) {
        let bounds = (localRange ?? "").split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
        range = bounds.count == 2 && bounds[0] > 0 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : Self.fallback.range
        reserved = Set((reservedPorts ?? "").split(separator: ",").flatMap(Self.ports))
    }

    private init(range: ClosedRange<UInt16>, reserved: Set<UInt16>) {
        self.range = range
        self.reserved = reserved
    }

    /// `8080` or `9148-9150`.
    private static func ports(_ text: Substring) -> [UInt16] {
        let bounds = text.split(separator: "-").compactMap { UInt16($0.filter { !$0.isWhitespace }) }
        guard let first = bounds.first, let last = bounds.last, first <= last else { return [] }
        return Array(first...last)
    }
}

/// Hands out candidates, the ephemeral ones in turn, so that a port just released isn't given to another container at once.
struct PortCandidates: Sendable {
    private let ephemeral: EphemeralPorts
    private var next: UInt16

    init(ephemeral: EphemeralPorts) {
        self.ephemeral = ephemeral
        next = ephemeral.range.lowerBound
    }

    /// The first candidate that `isFree` accepts; nil when there is none. `first` 0 stands for any ephemeral port.
    mutating func take<E: Error>(first: UInt16, last: UInt16, _ isFree: (UInt16) throws(E) -> Bool) throws(E) -> UInt16? {
        if first != 0 {
            for port in first...max(first, last) where try isFree(port) { return port }
            return nil
        }
        for _ in ephemeral.range {
            let port = advance()
            if !ephemeral.reserved.contains(port), try isFree(port) { return port }
        }
        return nil
    }

    private mutating func advance() -> UInt16 {
        defer { next = next == ephemeral.range.upperBound ? ephemeral.range.lowerBound : next + 1 }
        return next
    }
}
