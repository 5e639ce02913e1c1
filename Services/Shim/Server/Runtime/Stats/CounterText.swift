// Reads the kernel's counters from the text of its files. Pure.
import Contracts

enum CounterText {
    /// `name value` lines.
    static func pairs(_ text: String) -> [String: UInt64] {
        var pairs: [String: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let value = UInt64(words[1]) { pairs[String(words[0])] = value }
        }
        return pairs
    }

    /// nil for `max`, and for what is no number.
    static func number(_ text: String?) -> UInt64? { text.flatMap { UInt64($0) } }

    /// Version 1: `major:minor Kind value` lines, and a total without a device.
    static func legacyIO(_ text: String) -> [IOCounter] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, let value = UInt64(words[2]), let (major, minor) = device(words[0]) else { return nil }
            return IOCounter(major: major, minor: minor, kind: String(words[1]), value: value)
        }
    }

    /// Version 2: `major:minor rbytes=1 wbytes=2 rios=…` lines.
    static func unifiedIO(_ text: String, names: [(key: String, kind: String)]) -> [IOCounter] {
        text.split(separator: "\n").flatMap { line -> [IOCounter] in
            let words = line.split(separator: " ")
            guard let first = words.first, let (major, minor) = device(first) else { return [] }
            return names.compactMap { name in
                let prefix = name.key + "="
                guard let word = words.first(where: { $0.hasPrefix(prefix) }), let value = UInt64(word.dropFirst(prefix.count)) else {
                    return nil
                }
                return IOCounter(major: major, minor: minor, kind: name.kind, value: value)
            }
        }
    }

    private static func device(_ text: Substring) -> (UInt64, UInt64)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let major = UInt64(parts[0]), let minor = UInt64(parts[1]) else { return nil }
        return (major, minor)
    }

    /// `/proc/<pid>/net/dev`, without the loopback.
    static func networks(_ text: String) -> [String: NetworkCounters] {
        var networks: [String: NetworkCounters] = [:]
        for line in text.split(separator: "\n").dropFirst(2) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].drop { $0 == " " }
            let numbers = line[line.index(after: colon)...].split(separator: " ").compactMap { UInt64($0) }
            guard name != "lo", numbers.count >= 12 else { continue }
            networks[String(name)] = NetworkCounters(received: Array(numbers[0..<4]), sent: Array(numbers[8..<12]))
        }
        return networks
    }

    /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same with `full`.
    static func pressure(_ text: String) -> PressureSample {
        var sample = PressureSample()
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let values = words.dropFirst().map { $0.drop { $0 != "=" }.dropFirst() }
            guard values.count >= 4 else { continue }
            let averages = values[0..<3].map { Double($0) ?? 0 }
            let parsed = PressureSample.Line(
                average10: averages[0], average60: averages[1], average300: averages[2], total: UInt64(values[3]) ?? 0)
            if words[0] == "some" { sample.some = parsed } else { sample.full = parsed }
        }
        return sample
    }

    /// The host's CPU time in nanoseconds: the first seven columns of the first line of `/proc/stat`, in hundredths of a second.
    static func systemTime(_ line: some StringProtocol) -> UInt64 {
        line.split(separator: " ").dropFirst().prefix(7).reduce(0) { $0 + (UInt64($1) ?? 0) } * 10_000_000
    }
}
