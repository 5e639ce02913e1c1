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
        guard let value = GoDuration.parse(text), value >= 0 else { throw ChangeError("invalid duration in --\(flag)") }
        guard value == 0 || value >= 1_000_000 else { throw ChangeError("interval \"\(text)\" cannot be less than 1ms") }
        return value
    }
}
