// What a shim remembers of a started container in order to look after it by itself.
import Contracts
import Linux

struct Supervision {
    /// With what was changed since the start.
    var spec: ContainerSpec
    var rules: SupervisionSpec
    var schedule: RestartSchedule
    var health: HealthMonitor?
    /// As they were when the container was started, or when somebody told of new ones.
    private(set) var sharedNamespaces: SharedNamespaces
    /// Who asked for the end that is awaited.
    var end: EndRequest?
    /// A signal such as HUP counts as a request, as it does for dockerd, but is none to end.
    var isAskedToEnd = false
    /// Its health is why it is being ended.
    var endsUnhealthy = false
    /// Of the monotonic clock, in nanoseconds.
    var startedAt: UInt64 = 0
    var restartTimer: EventLoop.Timer?
    var stopTimer: EventLoop.Timer?

    init(_ request: StartContainer.Request) {
        spec = request.spec
        sharedNamespaces = SharedNamespaces(spec.namespaces)
        rules = request.supervision ?? SupervisionSpec()
        schedule = RestartSchedule(rules.restart)
        health = rules.health.map { HealthMonitor($0) }
    }

    /// Containers whose namespaces this one is in have started again.
    mutating func follow(_ namespaces: NamespaceSpec) {
        spec.namespaces = spec.namespaces.following(namespaces)
        sharedNamespaces = SharedNamespaces(spec.namespaces)
    }
}
