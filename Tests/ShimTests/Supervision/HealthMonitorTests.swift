// A container's health from the results of its checks.
import Contracts
import Testing

@testable import ShimServer

@Suite struct HealthMonitorTests {
    private static let second: Int64 = 1_000_000_000

    private func monitor(retries: Int32 = 3, startPeriod: Int64 = 0) -> HealthMonitor {
        var monitor = HealthMonitor(HealthSpec(
            process: ProcessSpec(arguments: ["true"]), interval: 30 * Self.second, startPeriod: startPeriod, startInterval: 2 * Self.second,
            retries: retries))
        monitor.begin(at: 0)
        return monitor
    }

    private func result(_ code: Int32, at time: Int64 = 0) -> HealthResult {
        HealthResult(start: time, end: time, exitCode: code, output: "")
    }

    @Test func `Failures in a row make it unhealthy, one success healthy again`() {
        var monitor = monitor()
        #expect(monitor.report.status == .starting)
        let changes = [1, 1, 1, 1, 0, 1, 1, 2].map { monitor.add(result($0)) }
        #expect(changes == [false, false, true, false, true, false, false, true])
        #expect(monitor.report.failingStreak == 3 && monitor.report.status == .unhealthy)
        #expect(monitor.report.results.map(\.exitCode) == [1, 0, 1, 1, 2])
    }

    @Test func `Failures in the start period don't count until there was a success`() {
        var monitor = monitor(retries: 1, startPeriod: 10 * Self.second)
        let early = monitor.add(result(1, at: 9 * Self.second))
        #expect(!early && monitor.report.failingStreak == 0)
        #expect(monitor.interval(at: 9 * Self.second) == 2 * Self.second)
        let first = monitor.add(result(0, at: 9 * Self.second))
        #expect(first && monitor.report.status == .healthy)
        #expect(monitor.interval(at: 9 * Self.second) == 30 * Self.second)
        let second = monitor.add(result(1, at: 9 * Self.second))
        #expect(second && monitor.report.status == .unhealthy)
        monitor.begin(at: 20 * Self.second)
        #expect(monitor.report.status == .starting && monitor.report.results.count == 3)
        let late = monitor.add(result(1, at: 31 * Self.second))
        #expect(late)
    }

    @Test(arguments: [
        (1_000_000_000, "1s"), (90_000_000_000, "1m30s"), (60_000_000_000, "1m0s"), (500_000_000, "500ms"), (1_500_000_000, "1.5s"),
        (3_660_000_000_000, "1h1m0s"), (1_500_000, "1.5ms"),
    ])
    func `Durations are in Go's words`(nanoseconds: Int64, text: String) {
        #expect(GoDurationText.of(nanoseconds) == text)
    }
}
