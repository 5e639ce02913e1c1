// What a container may be, and a command in it, for a call with a scope.
public import RPC

extension CallScope {
    /// What every container has, without `CAP_`: asking for it is asking for nothing.
    public static let usualCapabilities: Set<String> = [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID",
        "SETPCAP", "SETUID", "SYS_CHROOT",
    ]

    /// What is hidden from every container, and what none writes to.
    public static let maskedPaths: Set<String> = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ]
    public static let readonlyPaths: Set<String> = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    /// - Parameter directories: the engine's own, from which volumes and the files of names come.
    /// Errors: forbidden.
    public func check(_ spec: ContainerSpec, directories: [String]) throws(RPCError) {
        try check(entering: spec, directories: directories)
        try check(spec.cgroup)
    }

    /// A container that is there already, whatever it may use: who runs something in it has what it has. Errors: forbidden.
    public func check(entering spec: ContainerSpec, directories: [String]) throws(RPCError) {
        if forbidsPrivileges {
            try check(spec.process)
            let shared = [spec.namespaces.network, spec.namespaces.pid, spec.namespaces.ipc, spec.namespaces.uts]
            let faults = [
                ("a privileged container", spec.privileged), ("a device of the host", !spec.devices.isEmpty),
                ("a device rule", !spec.deviceRules.isEmpty), ("a hook", !(spec.hooks ?? []).isEmpty),
                ("a namespace of the host", shared.contains(.host)),
                ("a sysctl of the host", spec.sysctls.keys.contains { SysctlName($0)?.namespace == nil }),
                ("a container without a filter of system calls", spec.seccomp == .unconfined),
                ("a container that sees more of the host", !Self.maskedPaths.isSubset(of: spec.maskedPaths)),
                ("a container that writes to the host's parameters", !Self.readonlyPaths.isSubset(of: spec.readonlyPaths)),
            ]
            if let fault = faults.first(where: \.1) { throw Self.refusal(fault.0) }
        }
        if forbidsHostMounts {
            let sources = spec.mounts.flatMap { $0.kind == .bind ? [$0.source] : $0.layers ?? [] }
            let strange = sources.first { source in !directories.contains { source.hasPrefix($0 + "/") } }
            if let strange { throw Self.refusal("a mount of \(strange)") }
        }
    }

    /// Sockets where every host's log services are.
    private static let logSockets: Set<String> = ["/dev/log", "/run/systemd/journal/socket"]

    /// Errors: forbidden.
    public func check(_ log: RemoteLog?) throws(RPCError) {
        guard forbidsHostMounts, let log, log.transport == .unixDatagram || log.transport == .unixStream else { return }
        guard Self.logSockets.contains(log.address) else { throw Self.refusal("a log at \(log.address)") }
    }

    /// Errors: forbidden.
    public func check(checkpointDirectory: String?) throws(RPCError) {
        guard forbidsHostMounts, let checkpointDirectory else { return }
        throw Self.refusal("a checkpoint in \(checkpointDirectory)")
    }

    /// Errors: forbidden.
    public func check(_ process: ProcessSpec) throws(RPCError) {
        guard forbidsPrivileges else { return }
        let more = Set(process.capabilities.map { $0.hasPrefix("CAP_") ? String($0.dropFirst(4)) : $0 }).subtracting(Self.usualCapabilities)
        guard more.isEmpty else { throw Self.refusal("the capability \(more.sorted()[0])") }
        guard process.oomScoreAdjustment ?? 0 >= 0 else { throw Self.refusal("a process that outlives others when memory runs out") }
    }

    /// Errors: forbidden.
    public func check(_ cgroup: CgroupSpec) throws(RPCError) {
        if let memory {
            guard let wanted = cgroup.memory, (1...memory).contains(wanted) else { throw Self.refusal("more memory than \(memory)") }
        }
        if let pids {
            guard let wanted = cgroup.pidsLimit, (1...pids).contains(wanted) else { throw Self.refusal("more processes than \(pids)") }
        }
        if let processors {
            guard let time = cgroup.processorTime, time <= processors else {
                throw Self.refusal("more than \(processors) microseconds of processors' time in a second")
            }
        }
    }
}

extension CgroupSpec {
    /// Microseconds in a second; nil for no limit.
    fileprivate var processorTime: Int64? {
        let period = cpuPeriod ?? 100_000
        guard let cpuQuota, cpuQuota > 0, period > 0 else { return nil }
        let (time, overflow) = cpuQuota.multipliedReportingOverflow(by: 1_000_000)
        // Rounded up: a hair more is more.
        return overflow ? .max : (time + period - 1) / period
    }
}
