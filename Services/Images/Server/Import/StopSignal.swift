// The signals a container may be stopped by.

enum StopSignal {
    private static let names: Set<String> = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR",
        "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU",
        "XFSZ", "RTMIN", "RTMAX",
    ]

    /// The text itself, when it is a number from 1 to 64 or a signal's name with or without `SIG`. Throws `ChangeError`.
    static func validate(_ text: String) throws(ChangeError) -> String {
        if let number = Int(text), (1...64).contains(number) { return text }
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        guard names.contains(name) || isRealTime(name) else { throw ChangeError("invalid signal: \(text)") }
        return text
    }

    /// `RTMIN+n` and `RTMAX-n`, n up to 15 and 14.
    private static func isRealTime(_ name: String) -> Bool {
        for (prefix, limit) in [("RTMIN+", 15), ("RTMAX-", 14)] where name.hasPrefix(prefix) {
            return Int(name.dropFirst(prefix.count)).map { (1...limit).contains($0) } ?? false
        }
        return false
    }
}
