// Whether a process does anything when a signal comes. Pure.
import Glibc

/// From the process's `/proc/PID/status`.
struct SignalDisposition {
    private let ignored: UInt64
    private let caught: UInt64
    private let isFirstOfNamespace: Bool

    /// nil when the text isn't what the kernel writes.
    init?(status: String) {
        var fields: [Substring: Substring] = [:]
        for line in status.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1].drop { $0 == "\t" || $0 == " " } }
        }
        guard let ignored = fields["SigIgn"].flatMap({ UInt64($0, radix: 16) }),
            let caught = fields["SigCgt"].flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        self.ignored = ignored
        self.caught = caught
        let numbers = (fields["NSpid"] ?? "").split(separator: "\t")
        isFirstOfNamespace = numbers.count > 1 && numbers.last == "1"
    }

    /// False for what it ignores; and the kernel keeps from the first process of a namespace what it hasn't a handler for.
    func heeds(_ signal: Int32) -> Bool {
        guard signal != SIGKILL, signal != SIGSTOP, (1...64).contains(signal) else { return true }
        let bit = UInt64(1) << UInt64(signal - 1)
        if ignored & bit != 0 { return false }
        return !isFirstOfNamespace || caught & bit != 0
    }
}
