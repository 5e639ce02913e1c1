// Items that have arrived and wait for the task that iterates over them.
import NIOCore
import RPC
import Synchronization

/// Filled by the connection's loop, emptied by one task. Its size is bounded by the credit that the sender has.
final class ItemQueue: Sendable {
    private struct State {
        var payloads = CircularBuffer<RPCPayload>()
        var end: Result<Void, RPCError>?
        var waiter: CheckedContinuation<RPCPayload?, any Error>?
        var unreported = 0
    }

    private let state = Mutex(State())
    private let reportAfter: Int
    private let onConsumed: @Sendable (Int) -> Void

    /// `onConsumed` is told the cost of what has been taken, in portions of half a window.
    init(window: Int, onConsumed: @escaping @Sendable (Int) -> Void) {
        reportAfter = max(1, window / 2)
        self.onConsumed = onConsumed
    }

    func push(_ payload: RPCPayload) {
        let waiter: CheckedContinuation<RPCPayload?, any Error>? = state.withLock { state in
            guard state.end == nil else { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            state.payloads.append(payload)
            return nil
        }
        guard let waiter else { return }
        waiter.resume(returning: payload)
        consumed(payload)
    }

    /// Ends the sequence after the items that are there, with an error if the call failed. Only the first end counts.
    func finish(_ end: Result<Void, RPCError>) {
        let waiter = state.withLock { state in
            if state.end == nil { state.end = end }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: end.map { nil }.mapError { $0 as any Error })
    }

    /// The next item, nil after the last. Throws the call's error, or `CancellationError` when the task is cancelled.
    func next() async throws -> RPCPayload? {
        try await withTaskCancellationHandler {
            let payload = try await withCheckedThrowingContinuation { take($0) }
            return payload
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func take(_ continuation: CheckedContinuation<RPCPayload?, any Error>) {
        let result: Result<RPCPayload?, any Error>? = state.withLock { state in
            if let payload = state.payloads.popFirst() { return .success(payload) }
            if let end = state.end { return end.map { nil }.mapError { $0 as any Error } }
            if Task.isCancelled { return .failure(CancellationError()) }
            guard state.waiter == nil else {
                return .failure(RPCError(.internalError, "Two tasks iterate over the items of one stream."))
            }
            state.waiter = continuation
            return nil
        }
        guard let result else { return }
        continuation.resume(with: result)
        if case .success(let payload?) = result { consumed(payload) }
    }

    private func consumed(_ payload: RPCPayload) {
        let portion: Int? = state.withLock { state in
            state.unreported += RPCOutboundFrame.itemCost(bodyBytes: payload.count)
            guard state.unreported >= reportAfter else { return nil }
            defer { state.unreported = 0 }
            return state.unreported
        }
        if let portion { onConsumed(portion) }
    }
}
