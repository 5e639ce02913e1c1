// Runs what is done for a connection on the event loop that carries its bytes.
import NIOCore

/// A request that is answered from memory then needs no other thread than the one that read it, and where all processors are busy
/// it doesn't wait to be given one a second and a third time. What takes long, such as reading files, belongs elsewhere.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
