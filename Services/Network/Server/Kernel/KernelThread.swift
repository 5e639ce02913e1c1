// A thread of one's own for an actor that blocks in the kernel or changes the namespace it is in.
import CLinux
import Dispatch
import Glibc
import Synchronization

/// A serial executor on one dedicated thread.
///
/// Actors that run on it may make blocking calls without holding up the concurrency runtime, and may enter namespaces,
/// which belong to the thread that enters them.
final class KernelThread: SerialExecutor {
    private let queue: JobQueue

    /// Starts the thread; with `home`, in that network namespace. Throws `KernelError`.
    init(name: String, home: HomeNamespace? = nil) throws {
        queue = JobQueue(name: name, home: home)
        try queue.start()
    }

    deinit {
        queue.finish()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), executor: asUnownedSerialExecutor())
    }
}

/// What the thread and its executor share. The number of jobs is bounded by that of the tasks that wait for them.
private final class JobQueue: Sendable {
    private struct State {
        var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
        var isFinished = false
    }

    private let state = Mutex(State())
    private let changes = DispatchSemaphore(value: 0)
    private let name: String
    private let home: HomeNamespace?
    /// The outcome of entering `home`: zero or a negative errno.
    private let entry = Atomic<Int32>(0)
    private let entered = DispatchSemaphore(value: 0)

    init(name: String, home: HomeNamespace?) {
        self.name = name
        self.home = home
    }

    func start() throws {
        try DedicatedThread.start(name: name) { self.run() }
        entered.wait()
        try KernelError.check(entry.load(ordering: .acquiring), "enter the network namespace")
    }

    func append(_ job: UnownedJob, executor: UnownedSerialExecutor) {
        state.withLock { $0.jobs.append((job, executor)) }
        changes.signal()
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        changes.signal()
    }

    private func run() {
        if let home { entry.store(berth_netns_enter(home.descriptor.raw), ordering: .releasing) }
        entered.signal()
        while true {
            changes.wait()
            let (jobs, isFinished) = state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.isFinished)
            }
            for (job, executor) in jobs {
                job.runSynchronously(on: executor)
            }
            if isFinished { return }
        }
    }
}
