// Carries pieces from one stage of an ingest to the next, and holds the faster one back.
import Dispatch
import Synchronization

/// A queue of few pieces between one producer and one consumer.
///
/// The consumer blocks its thread; the producer blocks its thread (`put`) or suspends (`send`). Either end may give up, which the
/// other then learns.
final class BoundedPipe: ByteSource, Sendable {
    /// Thrown to the producer when the consumer wants no more.
    struct Abandoned: Error {}

    private struct State {
        var pieces: [[UInt8]] = []
        var end: Result<Void, any Error>?
        var isAbandoned = false
        var wakeProducer: (@Sendable () -> Void)?
        var wakeConsumer: (@Sendable () -> Void)?

        mutating func takeProducer() -> (@Sendable () -> Void)? {
            defer { wakeProducer = nil }
            return wakeProducer
        }

        mutating func takeConsumer() -> (@Sendable () -> Void)? {
            defer { wakeConsumer = nil }
            return wakeConsumer
        }
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int = 8) { self.capacity = capacity }

    /// Adds a piece; blocks while the pipe is full. Throws `Abandoned`.
    func put(_ piece: [UInt8]) throws {
        while true {
            let semaphore = DispatchSemaphore(value: 0)
            if try offer(piece, wake: { semaphore.signal() }) { return }
            semaphore.wait()
        }
    }

    /// Adds a piece; suspends while the pipe is full. Throws `Abandoned`.
    func send(_ piece: [UInt8]) async throws {
        var isTaken = false
        while !isTaken {
            isTaken = try await withCheckedThrowingContinuation { continuation in
                do {
                    if try offer(piece, wake: { continuation.resume(returning: false) }) { continuation.resume(returning: true) }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// True when the piece was taken; otherwise `wake` is called when it is worth another try.
    private func offer(_ piece: [UInt8], wake: @escaping @Sendable () -> Void) throws -> Bool {
        if piece.isEmpty { return true }
        let consumer: (@Sendable () -> Void)?? = try state.withLock { state in
            if state.isAbandoned { throw Abandoned() }
            guard state.pieces.count < capacity else {
                state.wakeProducer = wake
                return .none
            }
            state.pieces.append(piece)
            return .some(state.takeConsumer())
        }
        guard let consumer else { return false }
        consumer?()
        return true
    }

    /// Ends the stream: the consumer gets what is still queued, then the end or the error.
    func finish(_ result: Result<Void, any Error> = .success(())) {
        let consumer = state.withLock { state in
            state.end = state.end ?? result
            return state.takeConsumer()
        }
        consumer?()
    }

    /// The next piece; blocks until there is one. Throws what the producer ended with.
    func next() throws -> [UInt8]? {
        enum Taken { case piece([UInt8], (@Sendable () -> Void)?), end(Result<Void, any Error>), wait }
        while true {
            let semaphore = DispatchSemaphore(value: 0)
            let taken: Taken = state.withLock { state in
                if !state.pieces.isEmpty { return .piece(state.pieces.removeFirst(), state.takeProducer()) }
                if let end = state.end { return .end(end) }
                state.wakeConsumer = { semaphore.signal() }
                return .wait
            }
            switch taken {
            case .piece(let piece, let producer):
                producer?()
                return piece
            case .end(let result):
                try result.get()
                return nil
            case .wait:
                semaphore.wait()
            }
        }
    }

    /// The consumer wants no more: the producer's next piece fails.
    func abandon() {
        let producer = state.withLock { state in
            state.isAbandoned = true
            state.pieces = []
            return state.takeProducer()
        }
        producer?()
    }
}
