// Where a task puts items that are to be sent, and waits when it is ahead of the connection.
import NIOCore
import RPC
import Synchronization

/// Lets a task run ahead of the connection's loop by a bounded number of bytes, so that an item doesn't cost a round of the loop.
final class ItemSender: Sendable {
    private struct State {
        var ahead = 0
        var end: RPCError?
        var nextSerial: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var order = CircularBuffer<UInt64>()
    }

    private let state = Mutex(State())
    private let submit: @Sendable (RPCOutboundFrame) -> Void
    /// Bytes that may be on their way to the loop, or wait there for credit.
    private static let mostAhead = 256 << 10

    /// `submit` takes an item to the connection's loop, which calls `sent` once it is out of its hands.
    init(submit: @escaping @Sendable (RPCOutboundFrame) -> Void) { self.submit = submit }

    /// Returns when there is room for the item. Throws the call's error once it is over, or `CancellationError`.
    func send(_ frame: RPCOutboundFrame) async throws {
        while try !take(frame.itemCost) { try await waitForRoom() }
        submit(frame)
    }

    func sent(_ cost: Int) {
        let waiter: CheckedContinuation<Void, any Error>? = state.withLock { state in
            state.ahead -= cost
            guard state.ahead < Self.mostAhead else { return nil }
            while let serial = state.order.popFirst() {
                if let waiter = state.waiters.removeValue(forKey: serial) { return waiter }
            }
            return nil
        }
        waiter?.resume()
    }

    func end(_ error: RPCError) {
        let waiters = state.withLock { state in
            if state.end == nil { state.end = error }
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(throwing: error) }
    }

    private func take(_ cost: Int) throws -> Bool {
        try state.withLock { state in
            if let end = state.end { throw end }
            guard state.ahead < Self.mostAhead else { return false }
            state.ahead += cost
            return true
        }
    }

    private func waitForRoom() async throws {
        let serial = state.withLock { state in
            state.nextSerial += 1
            return state.nextSerial
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait($0, serial) }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: serial) }?.resume(throwing: CancellationError())
        }
    }

    private func wait(_ continuation: CheckedContinuation<Void, any Error>, _ serial: UInt64) {
        let result: Result<Void, any Error>? = state.withLock { state in
            if let end = state.end { return .failure(end) }
            if Task.isCancelled { return .failure(CancellationError()) }
            if state.ahead < Self.mostAhead { return .success(()) }
            state.waiters[serial] = continuation
            state.order.append(serial)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }
}
