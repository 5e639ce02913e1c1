// A container's health from the results of its checks.
import Contracts
import Testing

@testable import ShimServer

@Suite struct HealthMonitorTests {
    private static let second: Int64 = 1_000_000_000
    /// A second of the clock that start periods go by.
    private static let start: UInt64 = 1_000_000_000

    private func monitor(retries: Int32 = 3, startPeriod: Int64 = 0) -> HealthMonitor {
        var monitor = HealthMonitor(
            HealthSpec(
                process: ProcessSpec(arguments: ["true"]), interval: 30 * Self.second, startPeriod: startPeriod,
                startInterval: 2 * Self.second,
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
        let changes = [1, 1, 1, 1, 0, 1, 1, 2].map { monitor.add(result($0), begunAt: 0) }
        #expect(changes == [false, false, true, false, true, false, false, true])
        #expect(monitor.report.failingStreak == 3 && monitor.report.status == .unhealthy)
        #expect(monitor.report.results.map(\.exitCode) == [1, 0, 1, 1, 2])
    }

    @Test func `Failures in the start period don't count until there was a success`() {
        var monitor = monitor(retries: 1, startPeriod: 10 * Self.second)
        let early = monitor.add(result(1), begunAt: 9 * Self.start)
        #expect(!early && monitor.report.failingStreak == 0)
        #expect(monitor.interval(at: 9 * Self.start) == 2 * Self.second)
        let first = monitor.add(result(0), begunAt: 9 * Self.start)
        #expect(first && monitor.report.status == .healthy)
        #expect(monitor.interval(at: 9 * Self.start) == 30 * Self.second)
        let second = monitor.add(result(1), begunAt: 9 * Self.start)
        #expect(second && monitor.report.status == .unhealthy)
        monitor.begin(at: 20 * Self.start)
        #expect(monitor.report.status == .starting && monitor.report.results.count == 3)
        let late = monitor.add(result(1), begunAt: 31 * Self.start)
        #expect(late)
    }

    @Test func `Of dialled checks that go on succeeding, only some are told of, and none is lost`() {
        var monitor = HealthMonitor(
            HealthSpec(dial: DialSpec(.tcp, address: "127.0.0.1", port: 80), interval: Self.second))
        monitor.begin(at: 0)
        func told(_ code: Int32, at seconds: Int64) -> [Int64]? {
            let result = result(code, at: seconds * Self.second)
            let changed = monitor.add(result, begunAt: 0)
            return monitor.notice(of: result, changed: changed)?.results.map { $0.end / Self.second }
        }
        #expect(told(0, at: 10) == [10])
        #expect((11...14).map { told(0, at: $0) } == [nil, nil, nil, nil])
        #expect(told(0, at: 15) == [11, 12, 13, 14, 15])
        #expect(told(0, at: 16) == nil)
        #expect(told(1, at: 17) == [16, 17])
        #expect(told(0, at: 18) == nil)
        // A clock that is set back is no reason to keep them.
        #expect(told(0, at: 3) == [18, 3])
        #expect((0..<HealthMonitor.mostKept).map { _ in told(0, at: 4)?.count } == Array(repeating: nil, count: 15) + [16])
        #expect(told(0, at: 5) == nil && monitor.takeKept()?.result.end == 5 * Self.second && monitor.takeKept() == nil)
    }

    @Test func `What a process checks is told of at once`() {
        var monitor = monitor()
        for time in 1...3 as ClosedRange<Int64> {
            let result = result(0, at: time)
            let changed = monitor.add(result, begunAt: 0)
            #expect(monitor.notice(of: result, changed: changed) == HealthNotice(status: .healthy, failingStreak: 0, result: result))
        }
    }

    @Test(arguments: [
        (1_000_000_000, "1s"), (90_000_000_000, "1m30s"), (60_000_000_000, "1m0s"), (500_000_000, "500ms"), (1_500_000_000, "1.5s"),
        (3_660_000_000_000, "1h1m0s"), (1_500_000, "1.5ms"),
    ])
    func `Durations are in Go's words`(nanoseconds: Int64, text: String) {
        #expect(GoDurationText.of(nanoseconds) == text)
    }
}
