// Signals by name and number, as users write them and as they are told.
public import RPC

/// Names and numbers of Linux signals.
public enum SignalName {
    public static let terminate: Int32 = 15
    public static let kill: Int32 = 9

    private static let realTimeMinimum: Int32 = 34
    private static let realTimeMaximum: Int32 = 64
    /// The first name is signal 1.
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]
    private static let otherNames: [String: Int32] = [
        "IOT": 6, "CLD": 17, "POLL": 29, "RTMIN": realTimeMinimum, "RTMAX": realTimeMaximum,
    ]

    /// Reads `SIGTERM`, `term`, `15`, `RTMIN+3` or `SIGRTMAX-1`. Errors: `invalidParameter` in Docker's words.
    public static func parse(_ text: String) throws(RPCError) -> Int32 {
        guard let signal = number(text) ?? named(text) else {
            throw RPCError(.invalidParameter, "invalid signal: \(text)")
        }
        return signal
    }

    /// The name without `SIG`; `RTMIN+n` for the real-time ones, and the number of a signal that has no name.
    public static func name(of signal: Int32) -> String {
        if names.indices.contains(Int(signal) - 1) { return names[Int(signal) - 1] }
        return signal >= realTimeMinimum ? "RTMIN+\(signal - realTimeMinimum)" : "\(signal)"
    }

    private static func number(_ text: String) -> Int32? {
        guard let number = Int32(text), (1...realTimeMaximum).contains(number) else { return nil }
        return number
    }

    private static func named(_ text: String) -> Int32? {
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        return names.firstIndex(of: name).map { Int32($0 + 1) } ?? otherNames[name] ?? realTime(name)
    }

    private static func realTime(_ name: String) -> Int32? {
        let isFromMinimum = name.hasPrefix("RTMIN+")
        guard isFromMinimum || name.hasPrefix("RTMAX-"), let offset = Int32(name.dropFirst(6)), offset >= 0 else { return nil }
        let signal = isFromMinimum ? realTimeMinimum + min(offset, 64) : realTimeMaximum - min(offset, 64)
        return (realTimeMinimum...realTimeMaximum).contains(signal) ? signal : nil
    }
}
