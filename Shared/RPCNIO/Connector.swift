// Keeps one connection to a service: makes it when it is wanted, and paces the attempts.
import NIOCore
import NIOPosix
import RPC
import Synchronization

/// Any number of tasks may wait for the connection; there is one attempt at a time for all of them.
final class Connector: Sendable {
    fileprivate struct State {
        var connection: RPCConnection?
        var attempt: Task<Void, Never>?
        var backoff = Backoff()
        var failure: RPCError?
        var isClosed = false
        var nextSerial: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private enum Step {
        case connected(RPCConnection)
        case wait
        case sleep(ContinuousClock.Instant)
        case fail(RPCError)
    }

    private let service: String
    private let connect: @Sendable () async throws -> RPCConnection
    private let state = Mutex(State())

    init(service: String, connect: @escaping @Sendable () async throws -> RPCConnection) {
        self.service = service
        self.connect = connect
    }

    /// An open connection. Throws what prevented it when there is none by `deadline`.
    func connection(until deadline: ContinuousClock.Instant) async throws -> RPCConnection {
        while true {
            if Task.isCancelled { throw RPCError(.cancelled, "The request was cancelled.") }
            switch step(deadline) {
            case .connected(let connection): return connection
            case .fail(let error): throw error
            case .wait: await waitForAttempt(until: deadline)
            case .sleep(let instant): try? await Task.sleep(until: instant, clock: .continuous)
            }
        }
    }

    /// The connection turned out to be lost.
    func forget(_ connection: RPCConnection) {
        state.withLock { if $0.connection === connection { $0.connection = nil } }
    }

    /// Makes no more connections.
    func close() {
        let (attempt, connection) = state.withLock { state in
            state.isClosed = true
            return (state.attempt, state.connection)
        }
        attempt?.cancel()
        connection?.startClosing()
    }

    func waitUntilClosed() async {
        let (attempt, connection) = state.withLock { ($0.attempt, $0.connection) }
        await attempt?.value
        await connection?.waitUntilClosed()
    }

    private func step(_ deadline: ContinuousClock.Instant) -> Step {
        state.withLock { state in
            if state.isClosed { return .fail(RPCError(.unavailable, "The client of the \(service) service is closed.")) }
            if let connection = state.connection, connection.isOpen { return .connected(connection) }
            let now = ContinuousClock.now
            if now >= deadline, let failure = state.failure { return .fail(failure) }
            if state.attempt != nil { return now >= deadline ? .fail(slow) : .wait }
            if now < state.backoff.notBefore { return .sleep(min(state.backoff.notBefore, deadline)) }
            state.attempt = Task { await self.attempt() }
            return .wait
        }
    }

    private func attempt() async {
        let result: Result<RPCConnection, any Error>
        do {
            result = .success(try await connect())
        } catch {
            result = .failure(error)
        }
        let (waiters, unwanted) = state.withLock { $0.finishAttempt(result) }
        unwanted?.startClosing()
        for waiter in waiters { waiter.resume() }
    }

    private var slow: RPCError { RPCError(.unavailable, "The \(service) service did not answer in time.") }

    private func waitForAttempt(until deadline: ContinuousClock.Instant) async {
        let serial = state.withLock { state in
            state.nextSerial += 1
            return state.nextSerial
        }
        let delay = TimeAmount.nanoseconds(Int64(clamping: (deadline - .now).clampedNanoseconds))
        let timer = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: delay) { self.wake(serial) }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.attempt == nil || Task.isCancelled || ContinuousClock.now >= deadline { return true }
                    state.waiters[serial] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wake(serial)
        }
    }

    private func wake(_ serial: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: serial) }?.resume()
    }
}

extension Connector.State {
    /// Returns who waited for the attempt, and the connection if nobody wants it any more.
    fileprivate mutating func finishAttempt(
        _ result: Result<RPCConnection, any Error>
    ) -> (waiters: [CheckedContinuation<Void, Never>], unwanted: RPCConnection?) {
        attempt = nil
        var unwanted: RPCConnection?
        switch result {
        case .success(let new):
            backoff.succeeded()
            failure = nil
            if isClosed { unwanted = new } else { connection = new }
        case .failure(let error):
            backoff.failed()
            failure = error as? RPCError ?? RPCError(.unavailable, "\(error)")
        }
        defer { waiters = [:] }
        return (Array(waiters.values), unwanted)
    }
}
