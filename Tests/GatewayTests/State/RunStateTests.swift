// The life of a container as its record tells it.
import Contracts
import Testing

@testable import GatewayState

struct RunStateTests {
    private let process = RunningContainer(pid: 7, startedAt: 100)
    private let sandbox = SandboxRecord(
        containerID: "c", namespacePath: "/ns", endpoints: [], ports: [], hostsPath: "/hosts", hostnamePath: "/hostname",
        resolvConfPath: "/resolv")

    @Test func aRunAndAnother() {
        var state = RunState()
        #expect(state.status == "created" && state.process == nil)
        state.start(process, in: sandbox)
        #expect(state.isRunning && state.process == process && state.startedAt == 100)
        state.exit(ExitRecord(exitCode: 3, outOfMemory: true, startedAt: 100, finishedAt: 200, message: "m"))
        #expect(state.phase == .exited && state.exitCode == 3 && state.outOfMemory && state.finishedAt == 200 && state.error == "m")
        #expect(state.sandbox?.namespacePath == "" && state.sandbox?.hostsPath == "/hosts")
        state.start(RunningContainer(pid: 8, startedAt: 300), in: sandbox)
        #expect(state.exitCode == 0 && !state.outOfMemory && state.error.isEmpty && state.finishedAt == 200)
    }

    @Test func pauseOnlyWhatRunsAndResumeOnlyWhatIsPaused() {
        var state = RunState()
        state.pause()
        #expect(state.phase == .created)
        state.start(process, in: nil)
        state.resume()
        #expect(state.isRunning)
        state.pause()
        #expect(state.isPaused && !state.isRunning && state.process == process && state.status == "paused")
        state.resume()
        #expect(state.isRunning)
    }

    @Test func aFailedStartChangesNothingButTheReason() {
        var state = RunState()
        state.failToStart(exitCode: 127, error: "not found")
        #expect(state.phase == .created && state.exitCode == 127 && state.error == "not found" && state.startedAt == 0)
    }

    @Test func aFailedRemovalIsDead() {
        var state = RunState()
        state.beginRemoval()
        #expect(state.status == "removing")
        state.failRemoval("busy")
        #expect(state.status == "dead" && state.error == "busy")
    }

    @Test func survivesItsEncoding() throws {
        var state = RunState()
        state.start(process, in: sandbox)
        state.pause()
        #expect(try StateCoding.decode(RunState.self, from: StateCoding.encode(state)) == state)
    }
}

struct SpanRingTests {
    @Test(arguments: [(0, []), (2, [0, 1]), (3, [0, 1, 2]), (5, [2, 3, 4]), (7, [4, 5, 6])] as [(Int, [Int64])])
    func keepsTheLatest(count: Int, expected: [Int64]) {
        var ring = SpanRing(capacity: 3)
        for number in 0..<count {
            ring.append(Span(name: "s", service: "gateway", start: Int64(number), end: 0, outcome: .done))
        }
        #expect(ring.spans.map(\.start) == expected)
    }
}
