// Numbers that many measurements come down to.

struct Statistics {
    /// Ascending.
    let sorted: [Double]

    init(_ values: [Double]) {
        sorted = values.sorted()
    }

    var median: Double { quantile(0.5) }

    /// The smallest value that this share of all values doesn't exceed; 0 without values.
    func quantile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let index = Int((Double(sorted.count) * share).rounded(.up)) - 1
        return sorted[min(max(index, 0), sorted.count - 1)]
    }
}

extension Double {
    /// With one digit after the point.
    var shown: String { "\((self * 10).rounded() / 10)" }
    /// With two digits after the point.
    var ratio: String { "\((self * 100).rounded() / 100)" }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15 }
}
