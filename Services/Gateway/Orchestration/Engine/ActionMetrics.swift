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

    /// The families of actions, each with a metric of its own.
    enum Family: Sendable, CaseIterable {
        case container, network, image, host, health

        /// Those that are shown before they were done for the first time.
        var standard: [String] {
            switch self {
            case .container: ["changes", "commit", "create", "delete", "start"]
            case .network: ["allocate", "connect", "release"]
            case .image, .host: []
            case .health: [""]
            }
        }
    }

    private struct Key: Hashable {
        let family: Family
        let action: String
    }

    private let histograms: Mutex<[Key: Histogram]>
    private let checks = Mutex((all: 0, failed: 0))

    init() {
        let standard = Family.allCases.flatMap { family in family.standard.map { (Key(family: family, action: $0), Histogram()) } }
        histograms = Mutex(Dictionary(uniqueKeysWithValues: standard))
    }

    /// Runs an action and counts it when it succeeds.
    func time<Value>(_ family: Family, _ action: String, _ body: () async throws -> Value) async rethrows -> Value {
        let start = ContinuousClock.now
        let value = try await body()
        let duration = start.duration(to: .now).components
        observe(family, action, Double(duration.seconds) + Double(duration.attoseconds) / 1e18)
        return value
    }

    func observe(_ family: Family, _ action: String, _ seconds: Double) {
        histograms.withLock { $0[Key(family: family, action: action), default: Histogram()].observe(seconds) }
    }

    /// Histograms by action.
    func snapshot(_ family: Family) -> [String: Histogram] {
        let all = histograms.withLock { $0 }
        return Dictionary(uniqueKeysWithValues: all.filter { $0.key.family == family }.map { ($0.key.action, $0.value) })
    }

    /// A health check was done. `preparation` is how many nanoseconds it took to start it; nil when that failed.
    func countCheck(failed: Bool, preparation: Int64?) {
        if let preparation { observe(.health, "", Double(preparation) / 1e9) }
        checks.withLock { checks in
            checks.all += 1
            if failed { checks.failed += 1 }
        }
    }

    var healthChecks: (all: Int, failed: Int) { checks.withLock { $0 } }
}

/// Writes Prometheus' text form. Pure.
struct MetricsText {
    private(set) var text = ""

    mutating func gauge(_ name: String, _ help: String, _ values: [(labels: String, value: Double)]) {
        metric(name, help, "gauge", values)
    }

    mutating func counter(_ name: String, _ help: String, _ value: Int) { counter(name, help, Double(value)) }

    mutating func counter(_ name: String, _ help: String, _ value: Double) { metric(name, help, "counter", [("", value)]) }

    private mutating func metric(_ name: String, _ help: String, _ type: String, _ values: [(labels: String, value: Double)]) {
        head(name, help, type)
        for (labels, value) in values { text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(value))\n" }
    }

    /// - Parameter label: the name of the label that holds the histograms' keys; a histogram with an empty key has no label.
    mutating func histogram(
        _ name: String, _ help: String, by label: String = "action", _ histograms: [String: ActionMetrics.Histogram]
    ) {
        head(name, help, "histogram")
        for (action, histogram) in histograms.sorted(by: { $0.key < $1.key }) {
            let own = action.isEmpty ? "" : "\(label)=\"\(action)\""
            let first = own.isEmpty ? "" : "\(own),"
            for (bound, count) in zip(ActionMetrics.bounds, histogram.counts) {
                text += "\(name)_bucket{\(first)le=\"\(Self.number(bound))\"} \(count)\n"
            }
            text += "\(name)_bucket{\(first)le=\"+Inf\"} \(histogram.count)\n"
            let labels = own.isEmpty ? "" : "{\(own)}"
            text += "\(name)_sum\(labels) \(histogram.sum)\n\(name)_count\(labels) \(histogram.count)\n"
        }
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// A label's value as the form wants it.
    static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
