// How often and for how long the engine does things, for Prometheus.
import RPC
import Synchronization

/// Histograms by action, with dockerd's buckets.
final class ActionMetrics: Sendable {
    /// Upper bounds in seconds.
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    struct Histogram: Sendable, Equatable {
        /// Observations at most as long as each bound.
        var counts = [Int](repeating: 0, count: ActionMetrics.bounds.count)
        var count = 0
        var sum = 0.0

        mutating func observe(_ seconds: Double) {
            count += 1
            sum += seconds
            for (index, bound) in ActionMetrics.bounds.enumerated() where seconds <= bound { counts[index] += 1 }
        }
    }

    private let histograms = Mutex<[String: Histogram]>([:])

    /// Runs an action and counts it when it succeeds.
    func time<Value>(_ action: String, _ body: () async throws -> Value) async rethrows -> Value {
        let start = ContinuousClock.now
        let value = try await body()
        let duration = start.duration(to: .now).components
        observe(action, Double(duration.seconds) + Double(duration.attoseconds) / 1e18)
        return value
    }

    func observe(_ action: String, _ seconds: Double) {
        histograms.withLock { $0[action, default: Histogram()].observe(seconds) }
    }

    var snapshot: [String: Histogram] { histograms.withLock { $0 } }
}

/// Writes Prometheus' text form. Pure.
struct MetricsText {
    private(set) var text = ""

    mutating func gauge(_ name: String, _ help: String, _ values: [(labels: String, value: Double)]) {
        head(name, help, "gauge")
        for (labels, value) in values { text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(value))\n" }
    }

    mutating func histogram(_ name: String, _ help: String, _ histograms: [String: ActionMetrics.Histogram]) {
        head(name, help, "histogram")
        for (action, histogram) in histograms.sorted(by: { $0.key < $1.key }) {
            for (bound, count) in zip(ActionMetrics.bounds, histogram.counts) {
                text += "\(name)_bucket{action=\"\(action)\",le=\"\(Self.number(bound))\"} \(count)\n"
            }
            text += "\(name)_bucket{action=\"\(action)\",le=\"+Inf\"} \(histogram.count)\n"
            text += "\(name)_sum{action=\"\(action)\"} \(histogram.sum)\n\(name)_count{action=\"\(action)\"} \(histogram.count)\n"
        }
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
