// What a container may be that is made at a scoped socket. Pure.
import Contracts
import Models
import RPC
import ServiceKit

/// Checks a create request against a policy, and completes it with what the policy asks for.
struct CreateRules {
    let policy: AccessPolicy

    private var socket: ScopedSocket { policy.socket }

    /// Errors: forbidden.
    func apply(to request: ContainerCreateRequest) throws -> ContainerCreateRequest {
        var request = request
        var config = request.config ?? ContainerConfig()
        var host = request.hostConfig ?? HostConfig()
        config.labels = try policy.labelled(config.labels ?? [:])
        if !socket.allowsPrivileged { try checkPrivileges(host, labels: config.labels ?? [:]) }
        if !socket.allowsHostMounts { try checkMounts(host) }
        try limit(&host)
        request.config = config
        request.hostConfig = host
        return request
    }

    // MARK: Privileges

    /// Others are sent to where the host reaches, its own sockets and loopback interface included, by root.
    private static let localLogs: Set<String> = ["", "json-file", "local", "none"]

    private func checkPrivileges(_ host: HostConfig, labels: [String: String]) throws {
        let faults: [(String, Bool)] = [
            ("Privileged", host.privileged), ("NetworkMode host", host.networkMode == "host"), ("PidMode host", host.pidMode == "host"),
            ("IpcMode host", host.ipcMode == "host"), ("UTSMode host", host.utsMode == "host"),
            ("CgroupnsMode host", host.cgroupnsMode == "host"),
            ("UsernsMode host", host.usernsMode == "host" || labels[ContainerConfig.userNamespaceLabel] == "host"),
            ("Devices", !(host.devices ?? []).isEmpty), ("DeviceCgroupRules", !(host.deviceCgroupRules ?? []).isEmpty),
            ("DeviceRequests", !(host.deviceRequests ?? []).isEmpty), ("CgroupParent", !host.cgroupParent.isEmpty),
            ("MaskedPaths", host.maskedPaths != nil), ("ReadonlyPaths", host.readonlyPaths != nil),
            ("OomScoreAdj below 0", host.oomScoreAdj < 0), ("OomKillDisable", host.oomKillDisable == true),
            ("Ulimits", !(host.ulimits ?? []).isEmpty), ("CpuRealtimeRuntime", host.cpuRealtimeRuntime != 0),
        ]
        for (name, isSet) in faults where isSet { try policy.refuse("HostConfig.\(name)") }
        for name in host.capAdd ?? [] where !Self.isUsual(name) { try policy.refuse("HostConfig.CapAdd \(name)") }
        let log = host.logConfig.type
        guard Self.localLogs.contains(log) else { try policy.refuse("HostConfig.LogConfig \(log)") }
        // The engine may forbid new privileges to every container that doesn't ask for them.
        for option in host.securityOpt ?? [] where !option.hasPrefix("no-new-privileges") || option.hasSuffix("false") {
            try policy.refuse("HostConfig.SecurityOpt \(option)")
        }
    }

    /// With or without `CAP_` in front.
    static func isUsual(_ capability: String) -> Bool {
        let name = capability.uppercased()
        return CallScope.usualCapabilities.contains(name.hasPrefix("CAP_") ? String(name.dropFirst(4)) : name)
    }

    // MARK: Mounts

    private func checkMounts(_ host: HostConfig) throws {
        for bind in host.binds ?? [] where bind.hasPrefix("/") || bind.hasPrefix(".") || bind.hasPrefix("~") {
            try policy.refuse("HostConfig.Binds \(bind)")
        }
        for mount in host.mounts {
            guard ["volume", "tmpfs"].contains(mount.type) else { try policy.refuse("HostConfig.Mounts of type \(mount.type)") }
            try checkVolume(mount.volumeOptions?.driverConfig?.options ?? [:])
        }
    }

    /// A volume's options can mount anything there is.
    func checkVolume(_ options: [String: String]?) throws {
        guard let options, let name = options.keys.sorted().first else { return }
        do { try policy.callScope.check(volumeOptions: options) } catch { try policy.refuse("a volume with driver option \(name)") }
    }

    // MARK: Ceilings

    private func limit(_ host: inout HostConfig) throws {
        if let memory = socket.memory {
            if host.memory == 0 { host.memory = memory }
            try check(host.memory <= memory, "HostConfig.Memory above \(memory)")
            try check((0...memory * 2).contains(host.memorySwap), "HostConfig.MemorySwap above \(memory * 2)")
        }
        if let cpus = socket.cpus {
            if host.nanoCPUs == 0, host.cpuQuota <= 0 {
                (host.cpuQuota, host.cpuPeriod) = (0, 0)
                host.nanoCPUs = Int64(cpus * 1e9)
            }
            try check(processors(host) <= cpus, "HostConfig.NanoCpus or CpuQuota above \(cpus) processors")
        }
        if let pids = socket.pids {
            // Clients write 0 for what wasn't asked for.
            let wanted = host.pidsLimit.flatMap { $0 == 0 ? nil : $0 } ?? pids
            host.pidsLimit = wanted
            try check((1...pids).contains(wanted), "HostConfig.PidsLimit above \(pids)")
        }
    }

    /// How many processors the limits let it keep busy.
    private func processors(_ host: HostConfig) -> Double {
        host.nanoCPUs > 0
            ? Double(host.nanoCPUs) / 1e9 : Double(host.cpuQuota) / Double(host.cpuPeriod > 0 ? host.cpuPeriod : 100_000)
    }

    private func check(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        guard condition else { try policy.refuse(what()) }
    }

    /// An update with which the ceilings are kept; what isn't among its limits stays as it was made. Errors: forbidden.
    func apply(toUpdate change: HostConfig) throws -> HostConfig {
        var change = change
        if let memory = socket.memory {
            try check(change.memory <= memory, "HostConfig.Memory above \(memory)")
            try check((0...memory * 2).contains(change.memorySwap), "HostConfig.MemorySwap above \(memory * 2)")
        }
        if let cpus = socket.cpus {
            let isWhole = change.cpuQuota > 0 || (change.cpuQuota == 0 && change.cpuPeriod == 0)
            try check(isWhole, "HostConfig.CpuPeriod or CpuQuota without the other")
            try check(processors(change) <= cpus, "HostConfig.NanoCpus or CpuQuota above \(cpus) processors")
        }
        if let pids = socket.pids, let wanted = change.pidsLimit {
            // No limit, which clients also write for what wasn't asked for, is the most there is.
            change.pidsLimit = wanted <= 0 ? pids : wanted
            try check(wanted <= pids, "HostConfig.PidsLimit above \(pids)")
        }
        if !socket.allowsPrivileged { try check(change.oomKillDisable != true, "HostConfig.OomKillDisable") }
        return change
    }
}
