// A thread for an actor that waits for many descriptors at once.
import CLinux
import Glibc
import Linux
import Synchronization

/// A serial executor on one dedicated thread that also serves an event loop: handlers of descriptors and timers run between the
/// actor's jobs, never beside them, and may use what is the actor's.
final class LoopThread: SerialExecutor {
    private let core: LoopCore

    /// Starts the thread; with `home`, in that network namespace. Throws `KernelError` and `EventLoop.Failure`.
    init(name: String, home: HomeNamespace? = nil) throws {
        core = try LoopCore(name: name, home: home)
        try core.start()
    }

    deinit {
        core.finish()
    }

    /// For use on the thread only.
    var loop: EventLoop { core.loop }

    /// Handlers are called outside any job.
    func isIsolatingCurrentContext() -> Bool? { core.isCurrent }

    func checkIsolated() {
        precondition(core.isCurrent, "called on another thread than the loop's")
    }

    func enqueue(_ job: consuming ExecutorJob) {
        core.append(UnownedJob(job), executor: asUnownedSerialExecutor())
    }
}

/// What the thread and its executor share. The loop is touched by the thread alone once that runs.
private final class LoopCore: @unchecked Sendable {
    private struct State {
        var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
        var isFinished = false
    }

    let loop: EventLoop
    private let state = Mutex(State())
    private let wake: Descriptor
    private let name: String
    private let home: HomeNamespace?
    private let identity = Atomic<UInt>(0)

    init(name: String, home: HomeNamespace?) throws {
        self.name = name
        self.home = home
        loop = try EventLoop()
        let raw = try KernelError.check(clinux_wake_descriptor(), "eventfd")
        wake = Descriptor(raw)
        try loop.add(raw, .readable) { [weak self] _ in self?.runJobs() }
    }

    func start() throws {
        try DedicatedThread.start(name: name) { self.run() }
    }

    var isCurrent: Bool { identity.load(ordering: .relaxed) == UInt(pthread_self()) }

    func append(_ job: UnownedJob, executor: UnownedSerialExecutor) {
        state.withLock { $0.jobs.append((job, executor)) }
        signal()
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        signal()
    }

    private func signal() {
        clinux_wake(wake.raw)
    }

    private func run() {
        identity.store(UInt(pthread_self()), ordering: .relaxed)
        // A thread in the wrong namespace must not serve.
        if let home, berth_netns_enter(home.descriptor.raw) < 0 { exit(EXIT_FAILURE) }
        do {
            while !state.withLock({ $0.isFinished && $0.jobs.isEmpty }) { try loop.turn() }
        } catch {
            // Without its loop the service can't do its work; its supervisor starts it anew.
            exit(EXIT_FAILURE)
        }
    }

    private func runJobs() {
        clinux_wake_take(wake.raw)
        let jobs = state.withLock { state in
            defer { state.jobs.removeAll(keepingCapacity: true) }
            return state.jobs
        }
        for (job, executor) in jobs { job.runSynchronously(on: executor) }
    }
}
