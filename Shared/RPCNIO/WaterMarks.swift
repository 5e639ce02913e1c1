// How much a channel may have in hand before the items of streams wait.

/// Bytes written to a channel that its peer hasn't taken: above `high`, items wait until they are below `low`.
enum WaterMarks {
    static let low = 256 << 10
    static let high = 1 << 20
}
