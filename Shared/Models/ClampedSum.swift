// Sums of sizes that are told, not measured: sparse files have any size, and a few of them add up to more than there are numbers.

extension Int64 {
    /// The sum, or the number that is nearest to it.
    public func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other < 0 ? .min : .max
    }
}

extension Sequence<Int64> {
    /// The sum, or the number that is nearest to it.
    public func clampedSum() -> Int64 { reduce(0) { $0.addingClamped($1) } }
}
