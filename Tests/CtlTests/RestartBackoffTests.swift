// How long a service that ended waits before it is started again.
import Testing

@testable import berthctl

@Suite struct RestartBackoffTests {
    @Test func doublesUpToTheLongest() {
        var backoff = RestartBackoff()
        let delays = (0..<9).map { _ in backoff.delay(afterRunning: .milliseconds(1)) }
        let milliseconds = delays.map { $0 / .milliseconds(1) }
        #expect(milliseconds == [100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000])
    }

    @Test func steadyRunStartsAfresh() {
        var backoff = RestartBackoff()
        for _ in 0..<5 { _ = backoff.delay(afterRunning: .zero) }
        #expect(backoff.delay(afterRunning: RestartBackoff.steady) == RestartBackoff.first)
        #expect(backoff.delay(afterRunning: .seconds(1)) == RestartBackoff.first * 2)
    }
}
