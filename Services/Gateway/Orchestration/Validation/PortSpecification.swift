// Ports as users write them.
import Contracts

/// `80/tcp`, `53/udp`, `8000-8010`: the container's side of a port, or a range of ports.
struct PortSpecification: Equatable {
    var first: UInt16
    var last: UInt16
    var transport: PortBinding.Transport

    /// nil for anything that is no port.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let transportName = parts.count == 2 && !parts[1].isEmpty ? parts[1].lowercased() : "tcp"
        guard let transport = PortBinding.Transport(rawValue: transportName), let range = Self.range(parts[0]) else { return nil }
        self.transport = transport
        first = range.first
        last = range.last
    }

    var ports: ClosedRange<UInt16> { first...last }

    /// `80` or `8000-8010`; never 0, never backwards.
    static func range(_ text: some StringProtocol) -> (first: UInt16, last: UInt16)? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let low = ends.first.flatMap({ UInt16($0) }), low > 0 else { return nil }
        guard ends.count == 2 else { return (low, low) }
        guard let high = UInt16(ends[1]), high >= low else { return nil }
        return (low, high)
    }

    /// The host's side: empty or `0` is an ephemeral port; both ends 0 then.
    static func hostRange(_ text: String) -> (first: UInt16, last: UInt16)? {
        text.isEmpty || text == "0" ? (0, 0) : range(text)
    }

    /// As Docker writes it: `80/tcp`.
    static func key(_ port: UInt16, _ transport: PortBinding.Transport) -> String {
        "\(port)/\(transport.rawValue)"
    }
}
