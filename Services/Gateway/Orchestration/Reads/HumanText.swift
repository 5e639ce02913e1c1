// Words for humans in lists: "Up 3 minutes", "Exited (0) 2 hours ago". Pure.
import Contracts
import GatewayState

enum HumanText {
    private static let second: Int64 = 1_000_000_000

    /// A duration in nanoseconds as Docker rounds it: "Less than a second", "About a minute", "3 weeks".
    static func duration(_ nanoseconds: Int64) -> String {
        let seconds = max(0, nanoseconds) / second
        let minutes = seconds / 60
        // Half-way up, as Docker rounds hours.
        let hours = (max(0, nanoseconds) + 1800 * second) / (3600 * second)
        if seconds < 1 { return "Less than a second" }
        if seconds == 1 { return "1 second" }
        if seconds < 60 { return "\(seconds) seconds" }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(hours / 24 / 365) years"
    }

    /// `Status` of a container in a list.
    static func status(_ state: RunState, now: Int64) -> String {
        switch state.phase {
        case .created: "Created"
        case .running(let process): "Up \(duration(now - process.startedAt))\(health(state.health))"
        case .paused(let process): "Up \(duration(now - process.startedAt)) (Paused)"
        case .restarting: "Restarting (\(state.exitCode)) \(duration(now - state.finishedAt)) ago"
        case .removing: "Removal In Progress"
        case .dead: "Dead"
        case .exited: "Exited (\(state.exitCode)) \(duration(now - state.finishedAt)) ago"
        }
    }

    private static func health(_ report: HealthReport?) -> String {
        switch report?.status {
        case nil: ""
        case .starting: " (health: starting)"
        case .healthy: " (healthy)"
        case .unhealthy: " (unhealthy)"
        }
    }
}
