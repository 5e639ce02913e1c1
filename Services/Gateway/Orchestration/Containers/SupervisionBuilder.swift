// From a record to what its shim does by itself: restarts and health checks. Pure.
import Contracts
import GatewayState
import Models
import RPC

struct SupervisionBuilder {
    /// What is done with an unhealthy container: `restart`, `stop` or `kill`.
    static let unhealthyLabel = "berth.health.on-failure"
    /// `1`: a stop doesn't wait for a container that wouldn't hear the signal.
    static let fastStopLabel = "berth.stop.fast"
    private static let second: Int64 = 1_000_000_000

    let record: ContainerRecord
    /// Seconds that a container has which sets no time itself.
    let stopTimeout: Int

    func supervision() throws(RPCError) -> SupervisionSpec {
        SupervisionSpec(restart: Self.rule(record.hostConfig.restartPolicy), stop: try stop(), health: try health())
    }

    static func rule(_ policy: RestartPolicy) -> RestartRule {
        RestartRule(RestartRule.Kind(rawValue: policy.name) ?? .no, maximumRetries: Int32(clamping: policy.maximumRetryCount))
    }

    private func stop() throws(RPCError) -> StopRule {
        let signal = record.config.stopSignal
        return StopRule(
            signal: signal.isEmpty ? SignalName.terminate : try SignalName.parse(signal),
            seconds: Int32(clamping: record.config.stopTimeout ?? stopTimeout),
            killsUnheeding: record.config.labels?[Self.fastStopLabel] == "1" ? true : nil)
    }

    private func health() throws(RPCError) -> HealthSpec? {
        guard let test = record.config.healthTest else { return nil }
        let config = record.config.healthcheck ?? HealthConfig()
        let action = record.config.labels?[Self.unhealthyLabel].flatMap { HealthSpec.Action(rawValue: $0) }
        var health = HealthSpec(
            interval: Self.or(config.interval, 30 * Self.second), timeout: Self.or(config.timeout, 30 * Self.second),
            startPeriod: config.startPeriod, startInterval: Self.or(config.startInterval, 5 * Self.second),
            retries: config.retries > 0 ? Int32(clamping: config.retries) : 3, onUnhealthy: action ?? .none)
        switch test {
        case .dial(let dial): health.dial = dial
        case .command(let command):
            var request = ExecCreateRequest()
            request.cmd = command
            health.process = try SpecificationBuilder(record: record, cgroupParent: "").execProcess(request)
            health.privileged = record.hostConfig.privileged
        }
        return health
    }

    private static func or(_ value: Int64, _ standard: Int64) -> Int64 { value > 0 ? value : standard }
}

/// What tells a container's health.
enum HealthTest: Equatable {
    case command([String])
    case dial(DialSpec)
}

extension ContainerConfig {
    private static let standardShell = ["/bin/sh", "-c"]

    /// nil when nothing is checked. The label takes the place of a command, but checks are switched off as ever.
    var healthTest: HealthTest? {
        let test = healthcheck?.test ?? []
        if let dial = labels?[HealthDialLabel.name].flatMap(HealthDialLabel.parse), test.first != "NONE" { return .dial(dial) }
        guard test.count > 1 else { return nil }
        switch test[0] {
        case "CMD": return .command(Array(test.dropFirst()))
        case "CMD-SHELL": return .command((shell.flatMap { $0.isEmpty ? nil : $0 } ?? Self.standardShell) + test.dropFirst())
        default: return nil
        }
    }
}

extension ContainerRecord {
    /// Its health is checked while it runs.
    var isChecked: Bool { config.healthTest != nil }
}
