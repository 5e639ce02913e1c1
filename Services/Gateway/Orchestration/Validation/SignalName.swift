// Signals as users write them.
import RPC

/// Names and numbers of Linux signals.
enum SignalName {
    static let terminate: Int32 = 15
    static let kill: Int32 = 9

    private static let realTimeMinimum: Int32 = 34
    private static let realTimeMaximum: Int32 = 64
    private static let numbers: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11,
        "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17, "CONT": 18, "STOP": 19, "TSTP": 20,
        "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28, "IO": 29, "POLL": 29,
        "PWR": 30, "SYS": 31, "RTMIN": realTimeMinimum, "RTMAX": realTimeMaximum,
    ]

    /// Reads `SIGTERM`, `term`, `15`, `RTMIN+3` or `SIGRTMAX-1`. Errors: `invalidParameter` in Docker's words.
    static func parse(_ text: String) throws(RPCError) -> Int32 {
        guard let signal = number(text) ?? named(text) else {
            throw RPCError(.invalidParameter, "invalid signal: \(text)")
        }
        return signal
    }

    private static func number(_ text: String) -> Int32? {
        guard let number = Int32(text), (1...realTimeMaximum).contains(number) else { return nil }
        return number
    }

    private static func named(_ text: String) -> Int32? {
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        return numbers[name] ?? realTime(name)
    }

    private static func realTime(_ name: String) -> Int32? {
        let isFromMinimum = name.hasPrefix("RTMIN+")
        guard isFromMinimum || name.hasPrefix("RTMAX-"), let offset = Int32(name.dropFirst(6)), offset >= 0 else { return nil }
        let signal = isFromMinimum ? realTimeMinimum + min(offset, 64) : realTimeMaximum - min(offset, 64)
        return (realTimeMinimum...realTimeMaximum).contains(signal) ? signal : nil
    }
}
