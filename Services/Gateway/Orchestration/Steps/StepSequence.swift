// The bookkeeping of a sequence: its steps are timed, and undone in reverse when a later one fails.
import GatewayState
import Logging
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
        do {
            return try await body(sequence)
        } catch {
            await sequence.rollBack()
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
            record(name.description, service, start, .failed)
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

    private func record(_ name: String, _ service: ServiceName, _ start: Int64, _ outcome: Span.Outcome) {
        spans.append(Span(name: name, service: service.rawValue, start: start, end: WallClock.now(), outcome: outcome))
    }
}

/// The processes whose work a span may be.
enum ServiceName: String, Sendable {
    case gateway, images, network, shim
}

/// The latest spans of one container.
final class SpanLog: Sendable {
    private let ring = Mutex(SpanRing())

    func append(_ span: Span) {
        ring.withLock { $0.append(span) }
    }

    var spans: [Span] { ring.withLock { $0.spans } }
}
