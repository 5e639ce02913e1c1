// `HEALTHCHECK [--interval=…] CMD …` and `HEALTHCHECK NONE`.
import Models

enum HealthcheckChange {
    /// Throws `ChangeError`.
    static func parse(_ line: ChangeLine, shell: [String]) throws(ChangeError) -> OCIImageConfig.Healthcheck {
        var check = OCIImageConfig.Healthcheck()
        var rest = Substring(line.arguments)
        while rest.hasPrefix("--") {
            let flag = rest.prefix { !$0.isWhitespace }
            try set(flag.dropFirst(2), of: &check)
            rest = rest.dropFirst(flag.count).drop(while: \.isWhitespace)
        }
        let type = rest.prefix { !$0.isWhitespace }
        let command = Text.trim(rest.dropFirst(type.count))
        switch type.uppercased() {
        case "NONE":
            guard command.isEmpty else { throw ChangeError("HEALTHCHECK NONE takes no arguments") }
            check.test = ["NONE"]
        case "CMD":
            guard !command.isEmpty else { throw ChangeError("Missing command after HEALTHCHECK CMD") }
            check.test = JSONStringArray.parse(command).map { ["CMD"] + $0 } ?? shell + [command]
        case "": throw ChangeError("HEALTHCHECK requires at least one argument")
        default: throw ChangeError("Unknown type \"\(type)\" in HEALTHCHECK (try CMD)")
        }
        return check
    }

    private static func set(_ flag: Substring, of check: inout OCIImageConfig.Healthcheck) throws(ChangeError) {
        let parts = flag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw ChangeError("Missing a value on flag: \(flag)") }
        switch parts[0] {
        case "interval": check.interval = try duration(parts[1], flag)
        case "timeout": check.timeout = try duration(parts[1], flag)
        case "start-period": check.startPeriod = try duration(parts[1], flag)
        case "start-interval": check.startInterval = try duration(parts[1], flag)
        case "retries":
            guard let retries = Int(parts[1]), retries >= 0 else { throw ChangeError("--retries must be at least 0 (not \(parts[1]))") }
            check.retries = retries
        default: throw ChangeError("Unknown flag: \(parts[0])")
        }
    }

    /// At least a millisecond, or 0 to inherit.
    private static func duration(_ text: Substring, _ flag: Substring) throws(ChangeError) -> Int64 {
        guard let value = GoDuration.nanoseconds(text) else { throw ChangeError("invalid duration in --\(flag)") }
        guard value == 0 || value >= 1_000_000 else { throw ChangeError("interval \"\(text)\" cannot be less than 1ms") }
        return value
    }
}

/// `1h30m`, `1.5s`, `300ms`: durations as Go writes them.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
    ]

    /// nil for what is no duration, is negative, or doesn't fit.
    static func nanoseconds(_ text: some StringProtocol) -> Int64? {
        if text == "0" { return 0 }
        var rest = Substring(text), total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(digits), let scale = units.first(where: { $0.name == unit })?.nanoseconds else { return nil }
            total += value * scale
        }
        return Int64(exactly: total.rounded())
    }
}
