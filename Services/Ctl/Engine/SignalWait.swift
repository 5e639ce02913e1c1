// Signals received one at a time, by asking for them.
import Glibc

/// Blocks a set of signals for the process and hands them out in turn. To be made before any other thread is.
struct SignalWait {
    private var set = sigset_t()

    init(signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The next signal; nil when the deadline comes first. Without a deadline it waits for as long as it takes.
    func next(before deadline: ContinuousClock.Instant?) -> Int32? {
        var set = set
        while true {
            let signal: Int32
            if let deadline {
                var left = timespec(max(ContinuousClock.now.duration(to: deadline), .zero))
                signal = sigtimedwait(&set, nil, &left)
            } else {
                signal = sigwaitinfo(&set, nil)
            }
            if signal > 0 { return signal }
            if errno == EAGAIN { return nil }
        }
    }
}

extension timespec {
    init(_ duration: Duration) {
        let parts = duration.components
        self.init(tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
    }
}
