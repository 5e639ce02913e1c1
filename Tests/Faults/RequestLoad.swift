// A steady number of requests a second to a web server, and what became of them.
import Synchronization
import TestSupport

/// Clients that begin a request each so often, whatever became of the last.
final class RequestLoad: Sendable {
    struct Outcome: Sendable {
        var answers = 0
        var failures: [Failure] = []
        /// The longest that one was waited for.
        var slowest = Duration.zero
        /// From the first request to the end of the last.
        var duration = Duration.zero

        /// Answers a second.
        var rate: Double { Double(answers) / max(duration / .seconds(1), 0.001) }
    }

    struct Failure: Sendable {
        let begun: ContinuousClock.Instant
        let words: String
    }

    private let outcome = Mutex(Outcome())

    /// Runs `body` under this load, and returns what became of all requests once they are done.
    static func run(
        _ address: String, _ port: UInt16, perSecond rate: Int, _ body: (RequestLoad) async throws -> Void
    ) async throws -> Outcome {
        let load = RequestLoad()
        let beginning = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let clock = ContinuousClock()
                let start = clock.now
                var begun = 0
                try await withThrowingDiscardingTaskGroup { requests in
                    while !Task.isCancelled {
                        let due = Int((clock.now - start) / .milliseconds(1)) * rate / 1000
                        while begun < due {
                            begun += 1
                            requests.addTask { await load.ask(address, port) }
                        }
                        await Blocking.pause(milliseconds: 2)
                    }
                }
            }
            try await body(load)
            group.cancelAll()
            try await group.waitForAll()
        }
        return load.outcome.withLock { outcome in
            outcome.duration = ContinuousClock.now - beginning
            return outcome
        }
    }

    /// Returns when so many more requests have been answered.
    func waitForAnswers(_ count: Int) async throws {
        let before = outcome.withLock { $0.answers }
        try await eventually("\(count) answers", within: .seconds(60)) { outcome.withLock { $0.answers - before >= count ? true : nil } }
    }

    private func ask(_ address: String, _ port: UInt16) async {
        let start = ContinuousClock.now
        do {
            guard try await TCPProbe.page(address, port) == BusyboxImage.page else { throw TimedOut("the page", after: .zero) }
            let time = ContinuousClock.now - start
            outcome.withLock { outcome in
                outcome.answers += 1
                outcome.slowest = max(outcome.slowest, time)
            }
        } catch {
            outcome.withLock { $0.failures.append(Failure(begun: start, words: "\(error)")) }
        }
    }
}
