// Rules for namespaces, capabilities, devices, sysctls and the like.
import Contracts
import Models
import RPC

/// Checks how a container is kept apart from its host.
struct IsolationCheck {
    let config: ContainerConfig
    let hostConfig: HostConfig
    let facts: HostFacts

    /// Names of the one runtime there is.
    static let runtimes: Set<String> = ["", "berth", "runc", "io.containerd.runc.v2"]

    func check(_ report: inout SettingsReport) {
        checkNamespaces(&report)
        checkCapabilities(&report)
        checkDevices(&report)
        checkSysctls(&report)
        do { try SecurityOptions(hostConfig.securityOpt ?? []).check(facts, &report) } catch { report.fault(error.message) }
        report.fault(unless: Self.runtimes.contains(hostConfig.runtime), "unknown or invalid runtime name: \(hostConfig.runtime)")
        report.fault(
            unless: ["", "default"].contains(hostConfig.isolation), "invalid isolation \"\(hostConfig.isolation)\" on linux")
        report.fault(
            unless: hostConfig.annotations.keys.allSatisfy { !$0.isEmpty },
            "invalid Annotations: the empty string is not permitted as an annotation key")
    }

    private func checkNamespaces(_ report: inout SettingsReport) {
        report.fault(
            unless: ["none", "shareable"].contains(hostConfig.ipcMode) || isOwnHostOrContainer(hostConfig.ipcMode),
            "invalid IPC mode: \(hostConfig.ipcMode)")
        report.fault(unless: isOwnHostOrContainer(hostConfig.pidMode), "invalid PID mode: \(hostConfig.pidMode)")
        report.fault(unless: ["", "host"].contains(hostConfig.utsMode), "invalid UTS mode: \(hostConfig.utsMode)")
        report.fault(
            unless: ["", "private", "host"].contains(hostConfig.cgroupnsMode), "invalid cgroup namespace mode: \(hostConfig.cgroupnsMode)")
        report.check { () throws(RPCError) in _ = try UserNamespaceMode(config, hostConfig) }
        if hostConfig.utsMode == "host", !config.hostname.isEmpty {
            report.fault("conflicting options: hostname and the UTS mode")
        }
    }

    private func isOwnHostOrContainer(_ mode: String) -> Bool {
        mode.isEmpty || mode == "private" || mode == "host" || (mode.hasPrefix("container:") && mode.count > "container:".count)
    }

    private func checkCapabilities(_ report: inout SettingsReport) {
        for name in Capabilities.unknown(in: hostConfig.capAdd ?? []) {
            report.fault("invalid CapAdd: unknown capability: \"\(Capabilities.normalize(name))\"")
        }
        for name in Capabilities.unknown(in: hostConfig.capDrop ?? []) {
            report.fault("invalid CapDrop: unknown capability: \"\(Capabilities.normalize(name))\"")
        }
    }

    private func checkDevices(_ report: inout SettingsReport) {
        for device in hostConfig.devices ?? [] {
            report.fault(unless: device.pathOnHost.hasPrefix("/"), "invalid device: \(device.pathOnHost): its path must be absolute")
            report.fault(
                unless: device.cgroupPermissions.allSatisfy { "rwm".contains($0) },
                "invalid device mode: \(device.cgroupPermissions)")
        }
        for rule in hostConfig.deviceCgroupRules ?? [] where !isDeviceRule(rule) {
            report.fault("invalid device cgroup rule format: '\(rule)'")
        }
    }

    /// `c 10:200 rwm`, `a *:* r`
    private func isDeviceRule(_ rule: String) -> Bool {
        let words = rule.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, ["a", "b", "c"].contains(words[0]), (1...3).contains(words[2].count) else { return false }
        let numbers = words[1].split(separator: ":", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { $0 == "*" || UInt32($0) != nil } && words[2].allSatisfy { "rwm".contains($0) }
    }

    private func checkSysctls(_ report: inout SettingsReport) {
        for name in hostConfig.sysctls.keys.sorted() {
            switch SysctlName(name)?.namespace {
            case .network:
                report.fault(unless: hostConfig.networkMode != "host", "sysctl '\(name)' not allowed in host network namespace")
            case .ipc:
                report.fault(unless: hostConfig.ipcMode != "host", "sysctl '\(name)' not allowed in host ipc namespace")
            case .uts: break
            case nil: report.fault("invalid sysctl '\(name)': only sysctls of the container's own namespaces may be set")
            }
        }
    }
}
