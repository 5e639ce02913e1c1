// The bookkeeping of a sequence: its steps are timed, and undone in reverse when a later one fails.
import GatewayState
import Logging
import Models
import RPC
import ServiceKit
import Synchronization

/// One run of a sequence such as create or start.
///
/// A step that made something leaves its undo here. When the sequence fails, the undos run in reverse order,
/// to the end, whether or not the caller is still there to wait.
final class StepSequence: Sendable {
    typealias Undo = @Sendable () async throws -> Void

    private struct Made: Sendable {
        var step: String
        var service: ServiceName
        var undo: Undo
    }

    private let spans: SpanLog
    private let logger: Logger
    private let made = Mutex<[Made]>([])

    init(spans: SpanLog, logger: Logger) {
        self.spans = spans
        self.logger = logger
    }

    /// Runs `body`; if it throws, undoes what its steps did and throws on.
    static func run<T>(
        spans: SpanLog, logger: Logger, _ body: (StepSequence) async throws -> T
    ) async throws -> T {
        let sequence = StepSequence(spans: spans, logger: logger)
        let start = WallClock.now()
        do {
            let value = try await body(sequence)
            spans.settle(since: start, failed: false)
            return value
        } catch {
            await sequence.rollBack()
            spans.settle(since: start, failed: true)
            throw error
        }
    }

    /// Runs one step.
    /// - Parameters:
    ///   - name: `gateway.start.sandbox`…; also the fault point that is reached when the step is done.
    ///   - undo: takes back what the step made. It also runs when the step itself failed or was cancelled, for nobody knows
    ///     then how far another process got; so it must succeed when there is nothing to take back.
    func step<T: Sendable>(
        _ name: StaticString, in service: ServiceName = .gateway, undo: Undo? = nil, _ body: () async throws -> T
    ) async throws -> T {
        let start = WallClock.now()
        if let undo { add(name.description, service, undo) }
        do {
            let value = try await body()
            record(name.description, service, start, .done)
            FaultPoint.reach(name)
            return value
        } catch {
            record(name.description, service, start, .failed, error)
            throw error
        }
    }

    /// Takes back everything, latest first. An undo that fails is logged and doesn't keep the others from running.
    func rollBack() async {
        let steps = made.withLock { made in
            defer { made = [] }
            return made
        }
        guard !steps.isEmpty else { return }
        // A task of its own: the caller's cancellation, often the very reason to be here, must not reach it.
        await Task { for step in steps.reversed() { await self.undo(step) } }.value
    }

    private func undo(_ step: Made) async {
        let start = WallClock.now()
        do {
            try await step.undo()
            record(step.step, step.service, start, .undone)
        } catch {
            logger.warning("A step could not be undone", metadata: ["step": "\(step.step)", "error": "\(error)"])
        }
    }

    private func add(_ step: String, _ service: ServiceName, _ undo: @escaping Undo) {
        made.withLock { $0.append(Made(step: step, service: service, undo: undo)) }
    }

    private func record(
        _ name: String, _ service: ServiceName, _ start: Int64, _ outcome: Span.Outcome, _ error: (any Error)? = nil
    ) {
        let words = error.map { ($0 as? RPCError)?.message ?? "\($0)" }
        spans.append(
            Span(name: name, service: service.rawValue, start: start, end: WallClock.now(), outcome: outcome, error: words))
    }
}

/// The processes whose work a span may be.
enum ServiceName: String, Sendable {
    case gateway, images, network, shim
}

/// The latest spans of one container. Those of an operation that failed, or took long, are kept for after the gateway's end.
final class SpanLog: Sendable {
    /// Nanoseconds.
    private static let long: Int64 = 250_000_000

    private let ring = Mutex(SpanRing())
    private let keep: @Sendable ([Span]) -> Void

    init(keep: @escaping @Sendable ([Span]) -> Void = { _ in }) { self.keep = keep }

    /// An operation that began at `start` is over.
    func settle(since start: Int64, failed: Bool) {
        if failed || WallClock.now() - start >= Self.long { keep(spans) }
    }

    func append(_ span: Span) {
        ring.withLock { $0.append(span) }
    }

    var spans: [Span] { ring.withLock { $0.spans } }
}
