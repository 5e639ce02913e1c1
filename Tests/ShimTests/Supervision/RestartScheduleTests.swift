// When a container is started again, and what a shim remembers to tell.
import Contracts
import Testing

@testable import ShimServer

@Suite struct RestartScheduleTests {
    private static let short: UInt64 = 1_000_000
    private static let long = RestartSchedule.settledRun

    @Test func `The pause doubles up to a minute, and a long run begins it anew`() {
        var schedule = RestartSchedule(RestartRule(.always))
        let delays = (0..<12).map { _ in schedule.next(exitCode: 0, ranFor: Self.short) }
        #expect(delays == [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
        let later = [Self.long, Self.short].map { schedule.next(exitCode: 0, ranFor: $0) }
        #expect(later == [100, 200])
        #expect(schedule.count == 14)
    }

    @Test(arguments: [
        (RestartRule.Kind.no, Int32(1), false), (.no, 0, false), (.always, 0, true), (.unlessStopped, 0, true), (.onFailure, 0, false),
        (.onFailure, 3, true),
    ])
    func `Each rule goes by the exit code as it should`(kind: RestartRule.Kind, code: Int32, restarts: Bool) {
        var schedule = RestartSchedule(RestartRule(kind))
        let delay = schedule.next(exitCode: code, ranFor: 0)
        #expect((delay != nil) == restarts)
    }

    @Test func `Retries are counted`() {
        var schedule = RestartSchedule(RestartRule(.onFailure, maximumRetries: 2))
        let isRestarted = (0..<4).map { _ in schedule.next(exitCode: 1, ranFor: 0) != nil }
        #expect(isRestarted == [true, true, false, false] && schedule.count == 2)
    }

    @Test func `An end that was asked for is the last, and a forced restart is one`() {
        var schedule = RestartSchedule(RestartRule(.no))
        schedule.force()
        let forced = [0, 1].map { schedule.next(exitCode: $0, ranFor: 0) }
        #expect(forced == [100, nil])
        schedule.rule = RestartRule(.always)
        schedule.end()
        let last = schedule.next(exitCode: 0, ranFor: 0)
        #expect(last == nil)
        // One that ran on after a signal that counts as an end may still be found unhealthy, and be stopped while that restarts it.
        schedule.force()
        let unhealthy = schedule.next(exitCode: 0, ranFor: 0)
        schedule.force()
        schedule.end()
        let stopped = schedule.next(exitCode: 0, ranFor: 0)
        #expect(unhealthy != nil && stopped == nil)
    }

    @Test func `The history keeps what matters, numbered, and no more than it can`() {
        var history = NoticeHistory()
        let unkept = history.add(.execStarted(execID: "e", pid: 1), at: 1)
        let numbers = (1...1000).map { _ in history.add(.paused, at: 5).sequence }
        #expect(unkept.sequence == 0 && numbers == Array(1...1000))
        #expect(history.after(998).map(\.sequence) == [999, 1000])
        let kept = history.after(0).map(\.sequence)
        #expect(kept.count <= NoticeHistory.capacity && kept.last == 1000 && kept == Array(kept[0]...1000))
    }
}
