// What the engine's configuration gives to containers that say nothing themselves. Pure.
import Models
import RPC
import ServiceKit

extension EngineConfiguration.ContainerDefaults {
    /// The request with the defaults where it leaves something out. Options of the log driver, and limits, are filled in one by one.
    /// - Parameter cgroupVersion: of the host; on version 1, a privileged container that says nothing sees the host's control groups.
    func fill(_ request: HostConfig, cgroupVersion: Int) -> HostConfig {
        var host = request
        if host.logConfig.type.isEmpty { host.logConfig.type = logDriver }
        if host.logConfig.type == logDriver { host.logConfig.config = logOptions.merging(host.logConfig.config ?? [:]) { $1 } }
        if host.shmSize == 0 { host.shmSize = shmSize }
        if host.ipcMode.isEmpty { host.ipcMode = ipcMode }
        if host.cgroupnsMode.isEmpty, !host.privileged || cgroupVersion == 2 { host.cgroupnsMode = cgroupnsMode ?? "" }
        if host.`init` == nil, usesInit, host.pidMode.isEmpty { host.`init` = true }
        fillLimits(&host)
        fillPrivileges(&host)
        return host
    }

    /// So that it isn't found out with every container that is made. Errors: `ConfigurationError`.
    func checkLogging() throws {
        var report = SettingsReport()
        LogOptionsCheck.check(LogConfig(type: logDriver, config: logOptions), &report)
        do throws(RPCError) { try report.throwFaults() } catch {
            throw ConfigurationError("keys 'log-driver' and 'log-opts': \(error.message)")
        }
    }

    private func fillLimits(_ host: inout HostConfig) {
        let own = Set((host.ulimits ?? []).map(\.name))
        let missing = ulimits.values.filter { !own.contains($0.name) }.sorted { $0.name < $1.name }
        guard !missing.isEmpty else { return }
        host.ulimits = (host.ulimits ?? []) + missing.map { Ulimit(name: $0.name, hard: $0.hard, soft: $0.soft) }
    }

    private func fillPrivileges(_ host: inout HostConfig) {
        let own = host.securityOpt ?? []
        guard noNewPrivileges, !own.contains(where: { $0.hasPrefix("no-new-privileges") }) else { return }
        host.securityOpt = own + ["no-new-privileges"]
    }
}
