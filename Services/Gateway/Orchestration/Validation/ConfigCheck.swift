// Rules for the portable half of a container's configuration.
import Contracts
import Models
import RPC

/// Checks `Config`, before and after it was merged with the image's.
enum ConfigCheck {
    private static let hostnameLimit = 64
    private static let millisecond: Int64 = 1_000_000

    static func check(_ config: ContainerConfig, _ report: inout SettingsReport) {
        report.fault(
            unless: config.hostname.utf8.count <= hostnameLimit,
            "invalid hostname: \(config.hostname): it must not be longer than \(hostnameLimit) bytes")
        report.fault(
            unless: config.workingDir.isEmpty || config.workingDir.hasPrefix("/"),
            "the working directory '\(config.workingDir)' is invalid, it needs to be an absolute path")
        if !config.stopSignal.isEmpty {
            report.check { () throws(RPCError) in _ = try SignalName.parse(config.stopSignal) }
        }
        for variable in config.env ?? [] where variable.isEmpty || variable.hasPrefix("=") {
            report.fault("invalid environment variable: \(variable)")
        }
        for port in config.exposedPorts.keys.sorted() where PortSpecification(port) == nil {
            report.fault("invalid port specification: \"\(port)\"")
        }
        if let health = config.healthcheck { check(health, &report) }
        if let action = config.labels?[SupervisionBuilder.unhealthyLabel], HealthSpec.Action(rawValue: action) == nil {
            report.warn("label \(SupervisionBuilder.unhealthyLabel)=\(action) has no effect: it is restart, stop, kill or none")
        }
        if let fast = config.labels?[SupervisionBuilder.fastStopLabel], fast != "1", fast != "0" {
            report.warn("label \(SupervisionBuilder.fastStopLabel)=\(fast) has no effect: it is 1 or 0")
        }
        if let dial = config.labels?[HealthDialLabel.name] { check(dial: dial, config.healthcheck, &report) }
    }

    private static func check(dial: String, _ health: HealthConfig?, _ report: inout SettingsReport) {
        report.fault(
            unless: HealthDialLabel.parse(dial) != nil, "invalid label \(HealthDialLabel.name)=\(dial): it is \(HealthDialLabel.form)")
        if (health?.test ?? []).count > 1 { report.warn("label \(HealthDialLabel.name) takes the place of the health check's command") }
    }

    private static func check(_ health: HealthConfig, _ report: inout SettingsReport) {
        let durations = [
            ("Interval", health.interval), ("Timeout", health.timeout), ("StartPeriod", health.startPeriod),
            ("StartInterval", health.startInterval),
        ]
        for (name, value) in durations where value != 0 && value < millisecond {
            report.fault("\(name) in Healthcheck cannot be less than 1ms")
        }
        report.fault(unless: health.retries >= 0, "Retries in Healthcheck cannot be negative")
        guard let kind = health.test?.first, kind != "NONE" else { return }
        guard !["CMD", "CMD-SHELL"].contains(kind) else { return }
        // As with dockerd, which says so in its log only.
        report.warn("Unknown healthcheck type '\(kind)' (expected 'CMD'): health is not checked.")
    }
}
