// A container's health, and why it ended, as clients see them. Pure.
import Contracts
import GatewayState
import Models

enum HealthView {
    static func health(_ report: HealthReport) -> ContainerHealth {
        ContainerHealth(
            status: status(report.status), failingStreak: Int(report.failingStreak),
            log: report.results.map {
                HealthcheckResult(
                    start: EngineTime(nanoseconds: $0.start), end: EngineTime(nanoseconds: $0.end), exitCode: Int($0.exitCode),
                    output: $0.output)
            })
    }

    static func summary(_ report: HealthReport) -> ContainerHealthSummary {
        ContainerHealthSummary(status: status(report.status), failingStreak: Int(report.failingStreak))
    }

    static func cause(_ cause: ExitCause?) -> EndCause? {
        cause.map {
            EndCause(
                kind: $0.kind.rawValue, signal: $0.signal, request: $0.request, memoryPeak: $0.memoryPeak, memoryLimit: $0.memoryLimit,
                dumpedCore: $0.dumpedCore)
        }
    }

    private static func status(_ status: HealthStatus) -> ContainerHealth.Status {
        switch status {
        case .starting: .starting
        case .healthy: .healthy
        case .unhealthy: .unhealthy
        }
    }
}
