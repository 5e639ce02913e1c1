// A container's health, told from the results of its checks. Pure: nothing is run here.
import Contracts

struct HealthMonitor: Equatable {
    let spec: HealthSpec
    private(set) var report = HealthReport()
    /// When the container was started, in nanoseconds of a clock that nobody sets: the host may get the time of day only after it.
    private var startedAt: UInt64 = 0
    /// Results that nobody has been told of, oldest first.
    private var kept: [HealthResult] = []
    /// When somebody was, in nanoseconds since 1970.
    private var toldAt: Int64 = 0

    /// Nanoseconds for which successes of dialled checks are kept after one was told of: telling takes longer than such a check.
    static let quiet: Int64 = 5_000_000_000
    static let mostKept = 16

    init(_ spec: HealthSpec) { self.spec = spec }

    mutating func begin(at time: UInt64) {
        startedAt = time
        report.begin()
    }

    /// Nanoseconds until the next check.
    func interval(at time: UInt64) -> Int64 {
        let isEarly = report.status == .starting && isInStartPeriod(time)
        return isEarly ? spec.startInterval : spec.interval
    }

    private func isInStartPeriod(_ time: UInt64) -> Bool { time &- startedAt < UInt64(clamping: spec.startPeriod) }

    /// True when the status changed. Failures within the start period don't count, unless there was a success already.
    /// - Parameter begunAt: of the clock of `begin`.
    mutating func add(_ result: HealthResult, begunAt: UInt64) -> Bool {
        let before = report.status
        report.add(result)
        if result.exitCode == 0 {
            report.failingStreak = 0
            report.status = .healthy
        } else if before != .starting || !isInStartPeriod(begunAt) {
            report.failingStreak += 1
            if report.failingStreak >= spec.retries { report.status = .unhealthy }
        }
        return report.status != before
    }

    /// What is to be told now that a result has come. nil for a success that changes nothing and may wait for others.
    mutating func notice(of result: HealthResult, changed: Bool) -> HealthNotice? {
        kept.append(result)
        let mayWait = spec.dial != nil && result.exitCode == 0 && !changed && kept.count < Self.mostKept
        guard !mayWait || !(0..<Self.quiet).contains(result.end - toldAt) else { return nil }
        toldAt = result.end
        return takeKept()
    }

    /// nil when everything was told.
    mutating func takeKept() -> HealthNotice? {
        guard let last = kept.popLast() else { return nil }
        defer { kept = [] }
        return HealthNotice(
            status: report.status, failingStreak: report.failingStreak, result: last, earlier: kept.isEmpty ? nil : kept)
    }

    /// A container that doesn't run isn't healthy.
    mutating func stop() { report.status = .unhealthy }
}

extension HealthResult {
    /// - Parameter timeout: nanoseconds.
    static func lateness(_ timeout: Int64) -> String { "Health check exceeded timeout (\(GoDurationText.of(timeout)))" }
}

/// Durations in Go's words, as dockerd writes them: `30s`, `1m0s`, `500ms`.
enum GoDurationText {
    private static let second: Int64 = 1_000_000_000

    static func of(_ nanoseconds: Int64) -> String {
        if nanoseconds < second { return "\(fraction(nanoseconds, 1_000_000))ms" }
        let minutes = nanoseconds / (60 * second)
        let rest = fraction(nanoseconds % (60 * second), second)
        if minutes == 0 { return "\(rest)s" }
        return minutes < 60 ? "\(minutes)m\(rest)s" : "\(minutes / 60)h\(minutes % 60)m\(rest)s"
    }

    private static func fraction(_ value: Int64, _ unit: Int64) -> String {
        var digits = String(unit + value % unit).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "\(value / unit)" : "\(value / unit).\(digits)"
    }
}
