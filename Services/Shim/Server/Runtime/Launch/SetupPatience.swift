// How long the shim waits for a new process that others may hold up: the processes of a container stop whom they see.
import CLinux
import Glibc

struct SetupPatience: Equatable {
    let seconds: Int32

    /// The shim serves nobody meanwhile.
    static let exec = SetupPatience(seconds: 10)
    /// Of a container that is born among the processes of another.
    static let start = SetupPatience(seconds: 60)

    var failure: RuntimeFailure {
        RuntimeFailure(
            step: "setup", errno: ETIMEDOUT,
            message: "the new process was killed: it hadn't executed its command within \(seconds) s (stopped from inside the container?)")
    }
}

/// When patience ends.
struct SetupDeadline {
    private let patience: SetupPatience
    /// Of the monotonic clock, in nanoseconds.
    private let end: UInt64

    init(_ patience: SetupPatience) {
        self.patience = patience
        end = clinux_monotonic_nanoseconds() + UInt64(patience.seconds) * 1_000_000_000
    }

    /// Returns when there is something to receive. Errors: there wasn't in time.
    func await(_ socket: Int32) throws(RuntimeFailure) {
        while true {
            let now = clinux_monotonic_nanoseconds()
            guard now < end else { throw patience.failure }
            var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&watched, 1, Int32(clamping: (end - now) / 1_000_000 + 1)) > 0 { return }
        }
    }
}
