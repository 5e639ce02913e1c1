// Whether a process does anything when a signal comes. Pure.
import Glibc

/// From the process's `/proc/PID/status` and `/proc/PID/syscall`.
struct SignalDisposition {
    private let ignored: UInt64
    private let caught: UInt64
    private let blocked: UInt64
    private let isFirstOfNamespace: Bool
    private let waits: Bool

    /// rt_sigtimedwait(2), which sigwait(3) and its like are; also by the numbers that it has for 32-bit programs.
    #if arch(arm64)
        private static let waiting: Set<Substring> = ["137", "177", "421"]
    #else
        private static let waiting: Set<Substring> = ["128", "177", "421"]
    #endif

    /// nil when the text isn't what the kernel writes.
    /// - Parameter call: of the main thread, by which the kernel judges; empty when it can't be seen.
    init?(status: String, call: String = "") {
        var fields: [Substring: Substring] = [:]
        for line in status.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1].drop { $0 == "\t" || $0 == " " } }
        }
        func set(_ name: Substring) -> UInt64? { fields[name].flatMap { UInt64($0, radix: 16) } }
        guard let ignored = set("SigIgn"), let caught = set("SigCgt"), let blocked = set("SigBlk") else { return nil }
        (self.ignored, self.caught, self.blocked) = (ignored, caught, blocked)
        waits = call.split(separator: " ").first.map(Self.waiting.contains) ?? false
        let numbers = (fields["NSpid"] ?? "").split(separator: "\t")
        isFirstOfNamespace = numbers.count > 1 && numbers.last == "1"
    }

    /// False for what it ignores; and the kernel keeps from the first process of a namespace what it hasn't a handler for. Neither holds
    /// for a blocked signal: that waits to be taken, as by signalfd(2). While a thread waits for signals, it shows none as blocked.
    func heeds(_ signal: Int32) -> Bool {
        guard signal != SIGKILL, signal != SIGSTOP, (1...64).contains(signal) else { return true }
        let bit = UInt64(1) << UInt64(signal - 1)
        if waits || blocked & bit != 0 { return true }
        if ignored & bit != 0 { return false }
        return !isFirstOfNamespace || caught & bit != 0
    }
}
