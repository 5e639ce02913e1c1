// What a shim remembers of a started container in order to look after it by itself.
import Contracts
import Linux

struct Supervision {
    /// With what was changed since the start.
    var spec: ContainerSpec
    var rules: SupervisionSpec
    var schedule: RestartSchedule
    var health: HealthMonitor?
    /// Who asked for the end that is awaited.
    var end: EndRequest?
    /// Its health is why it is being ended.
    var endsUnhealthy = false
    /// Of the monotonic clock, in nanoseconds.
    var startedAt: UInt64 = 0
    var restartTimer: EventLoop.Timer?
    var stopTimer: EventLoop.Timer?

    init(_ request: StartContainer.Request) {
        spec = request.spec
        rules = request.supervision ?? SupervisionSpec()
        schedule = RestartSchedule(rules.restart)
        health = rules.health.map { HealthMonitor($0) }
    }
}
