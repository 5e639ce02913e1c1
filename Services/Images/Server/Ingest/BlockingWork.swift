// Runs work that blocks on a thread that nothing else waits for.
import Dispatch

/// Threads for decompression, hashing and unpacking, apart from Swift's cooperative pool and the event loops.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "berth.images.blocking", qos: .utility, attributes: .concurrent)

    /// Runs `body` on a thread of its own and returns what it returns. Whoever calls this bounds how many run at once.
    static func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try body() })
            }
        }
    }
}
