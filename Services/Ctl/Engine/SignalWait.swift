// Signals, descriptors and deadlines, waited for together and received one at a time.
import CLinux
import Glibc
import ServiceKit

/// Blocks a set of signals for the process and hands them out in turn. To be made before any other thread is.
struct SignalWait {
    enum Event: Equatable {
        case signal(Int32)
        /// Something can be read from the descriptor.
        case readable(Int32)
        case deadline
    }

    private let descriptor: Int32

    /// Throws `SystemCallError`.
    init(signals: [Int32]) throws {
        descriptor = clinux_signal_descriptor(signals, Int32(signals.count))
        guard descriptor >= 0 else { throw SystemCallError("signalfd", "signals", code: -descriptor) }
    }

    /// The next signal, or the first of `descriptors` to be readable; or that the deadline has come. Without a deadline it waits
    /// for as long as it takes.
    func next(before deadline: ContinuousClock.Instant?, watching descriptors: [Int32] = []) -> Event {
        var entries = ([descriptor] + descriptors).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let signal = clinux_take_signal(descriptor)
            if signal > 0 { return .signal(signal) }
            if poll(&entries, nfds_t(entries.count), deadline.map(Self.milliseconds) ?? -1) == 0 { return .deadline }
            if let ready = entries.dropFirst().first(where: { $0.revents != 0 }), entries[0].revents == 0 { return .readable(ready.fd) }
        }
    }

    /// Rounded up, so that the time has come when it is over.
    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let left = timespec(max(ContinuousClock.now.duration(to: deadline), .zero))
        return Int32(clamping: left.tv_sec * 1000 + (left.tv_nsec + 999_999) / 1_000_000)
    }
}

extension timespec {
    init(_ duration: Duration) {
        let parts = duration.components
        self.init(tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
    }
}
