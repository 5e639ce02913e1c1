// Brings bytes from a thread that blocks to a stream that suspends.
import Dispatch
import Synchronization

/// The way out for pieces made by a thread of their own: the thread waits until each is taken, so that nothing piles up.
struct OutboundBytes: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void

    init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) { self.send = send }

    private final class Outcome: Sendable {
        let result = Mutex<Result<Void, any Error>>(.success(()))
    }

    /// Blocks until the piece is taken. Throws what the stream's end says: the reader has gone.
    func write(_ piece: [UInt8]) throws {
        let outcome = Outcome()
        let done = DispatchSemaphore(value: 0)
        Task { [send] in
            do {
                try await send(piece)
            } catch {
                outcome.result.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        try outcome.result.withLock { try $0.get() }
    }
}
