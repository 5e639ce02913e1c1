// Gives the event loops the niceness that the gateway was started with.
import Glibc
import NIOCore
import NIOPosix

enum EventLoopNiceness {
    /// libdispatch sets its own threads' niceness to 0, and the threads of event loops inherit that from the one that starts them.
    /// A niceness below 0 needs a limit (RLIMIT_NICE) that allows it; without, the loops stay as they are.
    static func apply(to group: MultiThreadedEventLoopGroup) {
        // Of the process's first thread, which nobody changes.
        let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(getpid()))
        for loop in group.makeIterator() {
            loop.execute { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
        }
    }
}
