// A thread outside the concurrency runtime's pool.
import CLinux
import Glibc

/// Runs one body on a detached thread of its own with every signal blocked: signals are the main thread's.
enum DedicatedThread {
    /// `name` is what the kernel shows, cut to 15 bytes. Throws `KernelError` when no thread can be made.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws {
        var thread = pthread_t()
        var everything = sigset_t()
        var previous = sigset_t()
        sigfillset(&everything)
        pthread_sigmask(SIG_SETMASK, &everything, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw KernelError(operation: "pthread_create \(name)", code: code)
        }
        pthread_detach(thread)
    }
}

private final class Start: Sendable {
    private let name: String
    private let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }

    func run() {
        berth_thread_set_name(name)
        body()
    }
}
