// Which part of a line a log entry is, as dockerd tells log services, so that they can put long lines together again.

struct LinePart: Equatable {
    /// The same for all parts of a line, and no other's.
    var id: String
    /// From 1.
    var ordinal: Int
    var isLast: Bool
}

/// Counts the parts of one output's lines. Pure but for the IDs, which are random.
struct LinePartCounter {
    /// The part before, of a line that goes on.
    private var previous: LinePart?

    /// The next entry's; nil for one that is a whole line.
    mutating func next(isTerminated: Bool) -> LinePart? {
        guard previous != nil || !isTerminated else { return nil }
        let part = LinePart(id: previous?.id ?? Self.makeID(), ordinal: (previous?.ordinal ?? 0) + 1, isLast: isTerminated)
        previous = isTerminated ? nil : part
        return part
    }

    /// 64 hexadecimal digits.
    private static func makeID() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
