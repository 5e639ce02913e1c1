// The parts that sequences are made of: undo, turns, promises, background tasks.
import GatewayState
import Logging
import RPC
import Synchronization
import Testing

@testable import GatewayOrchestration

/// What happened, in order.
private final class Journal: Sendable {
    private let lines = Mutex<[String]>([])
    func note(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

@Suite(.timeLimit(.minutes(2)))
struct StepTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func run(failingAt failure: Int?, undoFails: Bool = false, _ journal: Journal, _ spans: SpanLog) async throws {
        try await StepSequence.run(spans: spans, logger: logger) { sequence in
            for (index, name) in (["one", "two", "three"] as [StaticString]).enumerated() {
                try await sequence.step(
                    name,
                    undo: {
                        journal.note("undo \(name)")
                        if undoFails { throw RPCError(.internalError, "undo failed") }
                    }
                ) {
                    journal.note("\(name)")
                    if index == failure { throw RPCError(.conflict, "failed at \(name)") }
                }
            }
        }
    }

    @Test(
        arguments: [
            (nil, false, ["one", "two", "three"]), (0, false, ["one", "undo one"]), (1, false, ["one", "two", "undo two", "undo one"]),
            (2, true, ["one", "two", "three", "undo three", "undo two", "undo one"]),
        ] as [(Int?, Bool, [String])])
    func stepsAreUndoneInReverse(failure: Int?, undoFails: Bool, expected: [String]) async throws {
        let (journal, spans) = (Journal(), SpanLog())
        if failure == nil {
            try await run(failingAt: nil, journal, spans)
        } else {
            await #expect(throws: RPCError.self) { try await run(failingAt: failure, undoFails: undoFails, journal, spans) }
        }
        #expect(journal.all == expected)
    }

    @Test func spansTellHowItWent() async throws {
        let (journal, spans) = (Journal(), SpanLog())
        try? await run(failingAt: 1, journal, spans)
        #expect(spans.spans.map(\.name) == ["one", "two", "two", "one"])
        #expect(spans.spans.map(\.outcome) == [.done, .failed, .undone, .undone])
        #expect(spans.spans.allSatisfy { $0.end >= $0.start && $0.service == "gateway" })
    }

    @Test func undoRunsAlthoughTheCallerWasCancelled() async {
        let (journal, spans) = (Journal(), SpanLog())
        let (entered, release) = (Promise<Void>(), Promise<Void>())
        let task = Task {
            try await StepSequence.run(spans: spans, logger: logger) { sequence in
                try await sequence.step(
                    "made",
                    undo: {
                        try Task.checkCancellation()
                        journal.note("undone")
                    }
                ) {
                    entered.resolve(())
                    try await release.value()
                }
            }
        }
        try? await entered.value()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(journal.all == ["undone"])
    }
}

/// How many are inside, and how many were at most.
private final class Crowd: Sendable {
    private let counts = Mutex((inside: 0, highest: 0))
    var inside: Int { counts.withLock { $0.inside } }
    var highest: Int { counts.withLock { $0.highest } }

    func enter() {
        counts.withLock { counts in
            counts.inside += 1
            counts.highest = max(counts.highest, counts.inside)
        }
    }

    func leave() { counts.withLock { $0.inside -= 1 } }
}

@Suite(.timeLimit(.minutes(2)))
struct GateTests {
    @Test func oneAtATime() async throws {
        let gate = GatewayOrchestration.Gate()
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await gate.enter {
                        crowd.enter()
                        await Task.yield()
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.highest == 1 && crowd.inside == 0)
    }

    @Test func whoeverGivesUpLeavesTheQueue() async throws {
        let gate = GatewayOrchestration.Gate()
        let (entered, release) = (Promise<Void>(), Promise<Void>())
        let holder = Task {
            try await gate.enter {
                entered.resolve(()); try await release.value()
            }
        }
        try await entered.value()
        let waiter = Task { try await gate.enter {} }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        release.resolve(())
        try await holder.value
        try await gate.enter {}
    }

    @Test func anErrorOpensItAgain() async throws {
        let gate = GatewayOrchestration.Gate()
        await #expect(throws: RPCError.self) { try await gate.enter { throw RPCError(.conflict, "x") } }
        try await gate.enter {}
    }
}

@Suite(.timeLimit(.minutes(2)))
struct PromiseTests {
    @Test func theFirstValueIsForAll() async throws {
        let promise = Promise<Int>()
        async let early = promise.value()
        promise.resolve(1)
        promise.resolve(2)
        #expect(try await early == 1)
        #expect(try await promise.value() == 1)
        #expect(promise.current == 1)
    }

    @Test func waitingHasItsLimits() async throws {
        let promise = Promise<Int>()
        #expect(try await promise.value(within: .milliseconds(5)) == nil)
        let task = Task { try await promise.value() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        promise.resolve(3)
        #expect(try await promise.value(within: .seconds(60)) == 3)
    }

    @Test func backgroundTasksEndWithTheEngine() async throws {
        let tasks = BackgroundTasks()
        let promise = Promise<Int>()
        tasks.start { _ = try? await promise.value() }
        #expect(tasks.count == 1)
        await tasks.close()
        #expect(tasks.count == 0)
        tasks.start { promise.resolve(1) }
        #expect(tasks.count == 0 && promise.current == nil)
    }
}

@Suite(.timeLimit(.minutes(2)))
struct SettlingTests {
    @Test func nothingUnderWayIsNotWaitedFor() async {
        let settling = Settling()
        await settling.settle(within: .seconds(100))
        settling.during {}
        await settling.settle(within: .seconds(100))
    }

    @Test func theLastThatIsUnderWayIsWaitedFor() async throws {
        let settling = Settling()
        let (first, second) = (Promise<Void>(), Promise<Void>())
        let over = Promise<Void>()
        let tasks = [first, second].map { promise in Task { try await settling.whileUnderWay { try await promise.value() } } }
        while settling.count < 2 { await Task.yield() }
        let waiter = Task {
            await settling.settle(within: .seconds(100))
            over.resolve(())
        }
        first.resolve(())
        try await tasks[0].value
        #expect(over.current == nil)
        second.resolve(())
        try await over.value()
        try await tasks[1].value
        await waiter.value
    }

    @Test func patienceEnds() async throws {
        let settling = Settling()
        let promise = Promise<Void>()
        let task = Task { try await settling.whileUnderWay { try await promise.value() } }
        while settling.count < 1 { await Task.yield() }
        await settling.settle(within: .milliseconds(10))
        promise.resolve(())
        try await task.value
    }
}
