// How often a container's addresses are announced when it gets them, since a former container's may be remembered for them.

/// What the options of a network say about announcements: gratuitous ARP requests and unsolicited neighbour advertisements.
struct Announcements: Sendable, Equatable {
    private static let countKey = "com.docker.network.advertise_addr_nmsgs"
    private static let intervalKey = "com.docker.network.advertise_addr_ms"
    static let keys: Set<String> = [countKey, intervalKey]

    private static let counts = 0...3
    private static let intervals = 100...2000

    /// The first is the kernel's, at once. More are for networks that lose packets, which bridges don't. nil for one where it is of use.
    var count: Int?
    /// Milliseconds from one to the next.
    var interval: Milliseconds = 1000

    init() {}

    init(_ reader: inout OptionReader) {
        if let number = Self.number(Self.countKey, in: Self.counts, &reader) { count = number }
        if let number = Self.number(Self.intervalKey, in: Self.intervals, &reader) { interval = Milliseconds(number) }
    }

    private static func number(_ key: String, in range: ClosedRange<Int>, _ reader: inout OptionReader) -> Int? {
        guard let text = reader.text(key) else { return nil }
        guard let number = Int(text) else {
            let wanted = key == intervalKey ? "integer milliseconds" : "an integer"
            reader.faults.append("value for option \(key) \"\(text)\" must be \(wanted)")
            return nil
        }
        guard range.contains(number) else {
            reader.faults.append("\(key) must be in the range \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }
}
