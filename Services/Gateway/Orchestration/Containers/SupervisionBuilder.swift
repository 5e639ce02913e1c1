// From a record to what its shim does by itself: restarts and health checks. Pure.
import Contracts
import GatewayState
import Models
import RPC

struct SupervisionBuilder {
    /// What is done with an unhealthy container: `restart`, `stop` or `kill`.
    static let unhealthyLabel = "berth.health.on-failure"
    private static let shell = ["/bin/sh", "-c"]
    private static let second: Int64 = 1_000_000_000

    let record: ContainerRecord

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
            seconds: Int32(clamping: record.config.stopTimeout ?? StopSequence.standardTimeout))
    }

    private func health() throws(RPCError) -> HealthSpec? {
        guard let config = record.config.healthcheck, let command = Self.command(config, shell: record.config.shell) else { return nil }
        var request = ExecCreateRequest()
        request.cmd = command
        let process = try SpecificationBuilder(record: record, cgroupParent: "").execProcess(request)
        let action = record.config.labels?[Self.unhealthyLabel].flatMap { HealthSpec.Action(rawValue: $0) }
        return HealthSpec(
            process: process, privileged: record.hostConfig.privileged, interval: Self.or(config.interval, 30 * Self.second),
            timeout: Self.or(config.timeout, 30 * Self.second), startPeriod: config.startPeriod,
            startInterval: Self.or(config.startInterval, 5 * Self.second),
            retries: config.retries > 0 ? Int32(clamping: config.retries) : 3,
            onUnhealthy: action ?? .none)
    }

    private static func or(_ value: Int64, _ standard: Int64) -> Int64 { value > 0 ? value : standard }

    /// nil when nothing is checked.
    static func command(_ config: HealthConfig, shell: [String]?) -> [String]? {
        guard let test = config.test, test.count > 1 else { return nil }
        switch test[0] {
        case "CMD": return Array(test.dropFirst())
        case "CMD-SHELL": return (shell.flatMap { $0.isEmpty ? nil : $0 } ?? Self.shell) + test.dropFirst()
        default: return nil
        }
    }
}

extension ContainerRecord {
    /// Its health is checked while it runs.
    var isChecked: Bool {
        config.healthcheck.flatMap { SupervisionBuilder.command($0, shell: config.shell) } != nil
    }
}
