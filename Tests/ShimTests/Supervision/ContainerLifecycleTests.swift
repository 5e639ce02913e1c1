// The life of a container as a state machine.
import Contracts
import RPC
import Testing

@testable import ShimServer

@Suite struct ContainerLifecycleTests {
    private static let container = RunningContainer(pid: 7, startedAt: 1)
    private static let record = ExitRecord(exitCode: 0, startedAt: 1, finishedAt: 2)

    private static let fresh = ContainerLifecycle.fresh
    private static let prepared = ContainerLifecycle.prepared
    private static let starting = ContainerLifecycle.starting
    private static let running = ContainerLifecycle.running(container)
    private static let paused = ContainerLifecycle.paused(container)
    private static let draining = ContainerLifecycle.draining(container, ExitStatus(exitCode: 0))
    private static let restart = RestartNotice(exit: record, count: 3, delayMilliseconds: 400)
    private static let restarting = ContainerLifecycle.restarting(restart)
    private static let exited = ContainerLifecycle.exited(record)
    private static let all = [fresh, prepared, starting, running, paused, draining, restarting, exited]

    /// A step, and the one state each allowed origin leads to. From all others it must fail with a conflict and change nothing.
    struct Step: Sendable {
        let name: String
        let allowed: [(from: ContainerLifecycle, to: ContainerLifecycle)]
        let take: @Sendable (inout ContainerLifecycle) throws -> Void
    }

    private static let steps = [
        Step(name: "adopt", allowed: [(fresh, prepared)]) { try $0.adopt() },
        Step(name: "beginStart", allowed: [(prepared, starting)]) { try $0.beginStart("c") },
        Step(name: "pause", allowed: [(running, paused)]) { try $0.pause("c") },
        Step(name: "resume", allowed: [(paused, running)]) { try $0.resume("c") },
        Step(name: "checkRelease", allowed: [(prepared, prepared), (exited, exited)]) { try $0.checkRelease("c") },
        Step(name: "requireLive", allowed: [(running, running), (paused, paused)]) { _ = try $0.requireLive("c") },
        Step(name: "requireUnpaused", allowed: [(running, running)]) { try $0.requireUnpaused("c") },
    ]

    @Test(arguments: steps.indices)
    func `Each step is allowed from its states and no others`(index: Int) throws {
        let step = Self.steps[index]
        for origin in Self.all {
            var state = origin
            if let target = step.allowed.first(where: { $0.from == origin })?.to {
                try step.take(&state)
                #expect(state == target, "\(step.name) from \(origin)")
            } else {
                let error = #expect(throws: RPCError.self, "\(step.name) from \(origin)") { try step.take(&state) }
                #expect(error?.code == .conflict)
                #expect(state == origin)
            }
        }
    }

    @Test func `A start that failed may be tried again`() throws {
        var state = ContainerLifecycle.prepared
        try state.beginStart("c")
        state.startFailed()
        #expect(state == .prepared)
        try state.beginStart("c")
        state.started(Self.container)
        #expect(state == Self.running)
    }

    @Test func `Outcomes that come out of turn change nothing`() {
        for origin in [Self.fresh, Self.prepared, Self.running, Self.paused, Self.exited] {
            var state = origin
            state.started(RunningContainer(pid: 9, startedAt: 9))
            state.startFailed()
            state.recorded(Self.record)
            #expect(state == origin)
        }
    }

    @Test func `The end is recorded once`() {
        for origin in [Self.running, Self.paused] {
            var state = origin
            #expect(state.processEnded(ExitStatus(exitCode: 3)) == Self.container)
            #expect(state.processEnded(ExitStatus(exitCode: 4)) == nil)
            #expect(state == .draining(Self.container, ExitStatus(exitCode: 3)))
            state.recorded(Self.record)
            #expect(state == Self.exited)
        }
    }

    @Test func `What watchers and inspectors are told first`() throws {
        #expect(try Self.starting.phase() == .prepared)
        #expect(try Self.draining.phase() == .running(Self.container))
        #expect(throws: RPCError.self) { try Self.fresh.phase() }
        #expect(
            Self.all.map(\.summary) == [
                [], [], [], [.started(Self.container)], [.paused], [.started(Self.container)],
                [.restarting(Self.restart)], [.exited(Self.record)],
            ])
        #expect(Self.all.filter(\.endsWithItsConnections) == [.fresh, .prepared])
    }

    @Test(
        arguments: [(0x0000, 0, nil), (0x0300, 3, nil), (0xff00, 255, nil), (9, 137, 9), (0x0b, 139, 11), (0x8b, 139, 11)]
            as [(Int32, Int32, Int32?)])
    func `Wait statuses become Docker's exit codes`(status: Int32, code: Int32, signal: Int32?) {
        let exit = ExitStatus(waitStatus: status)
        #expect(exit.exitCode == code && exit.signal == signal && exit.dumpedCore == (status & 0x80 != 0))
    }
}
