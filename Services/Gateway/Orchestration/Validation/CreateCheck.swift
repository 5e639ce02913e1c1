// Everything that is checked before a container is made.
import Models
import RPC

/// The rules for a create request, all of them, so that all faults are told at once.
enum CreateCheck {
    private static let restartPolicies: Set<String> = ["no", "always", "on-failure", "unless-stopped"]

    static func check(
        _ config: ContainerConfig, _ hostConfig: HostConfig, endpoints: [String: EndpointSettings], facts: HostFacts
    ) -> SettingsReport {
        var report = SettingsReport()
        ConfigCheck.check(config, &report)
        UnsupportedField.check(hostConfig, &report)
        StorageOption.check(hostConfig.storageOpt, &report)
        ResourceCheck(hostConfig: hostConfig, facts: facts).check(&report)
        IsolationCheck(config: config, hostConfig: hostConfig, facts: facts).check(&report)
        NetworkCheck(config: config, hostConfig: hostConfig, endpoints: endpoints).check(&report)
        LogOptionsCheck.check(hostConfig.logConfig, &report)
        checkRestartPolicy(hostConfig, &report)
        _ = MountPlan(hostConfig, &report)
        return report
    }

    static func checkRestartPolicy(_ hostConfig: HostConfig, _ report: inout SettingsReport) {
        let policy = hostConfig.restartPolicy
        // Clients leave the name out and still send a count.
        guard !policy.name.isEmpty else { return }
        guard restartPolicies.contains(policy.name) else {
            return report.fault(
                "invalid restart policy: unknown policy '\(policy.name)'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'")
        }
        if hostConfig.autoRemove, policy.name != "no" { report.fault("can't create 'AutoRemove' container with restart policy") }
        if policy.name == "on-failure" {
            report.fault(unless: policy.maximumRetryCount >= 0, "invalid restart policy: maximum retry count cannot be negative")
        } else {
            report.fault(
                unless: policy.maximumRetryCount == 0,
                "invalid restart policy: maximum retry count can only be used with 'on-failure'")
        }
    }
}
