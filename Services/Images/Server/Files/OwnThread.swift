// Work on a thread of its own, which ends with it.
import Glibc

enum OwnThread {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread: it may change what belongs to a thread alone, such as its mount namespace.
    static func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let work = Work { continuation.resume(with: Result { try body() }) }
            let retained = Unmanaged.passRetained(work)
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                    return nil
                }, retained.toOpaque())
            guard code == 0 else {
                retained.release()
                return continuation.resume(throwing: SystemError(call: "pthread_create", path: "a thread", code: code))
            }
            pthread_detach(thread)
        }
    }
}
