// What becomes of a limit that the host's kernel doesn't have: a warning in dockerd's words, and the value is dropped.
import Models

struct LimitSupport: Sendable {
    var kind: LimitKind
    var warning: String
    var isSet: @Sendable (HostConfig) -> Bool
    var clear: @Sendable (inout HostConfig) -> Void

    private init(
        _ kind: LimitKind, _ warning: String, _ isSet: @escaping @Sendable (HostConfig) -> Bool,
        _ clear: @escaping @Sendable (inout HostConfig) -> Void
    ) {
        (self.kind, self.warning, self.isSet, self.clear) = (kind, warning, isSet, clear)
    }

    private static func missing(_ what: String, _ rest: String = "") -> String {
        "Your kernel does not support \(what) or the cgroup is not mounted. \(rest.isEmpty ? "Limitation" : rest) discarded."
    }

    static let table: [LimitSupport] = [
        LimitSupport(.memory, missing("memory limit capabilities"), { $0.memory > 0 }, { ($0.memory, $0.memorySwap) = (0, -1) }),
        LimitSupport(
            .memoryReservation, missing("memory soft limit capabilities"), { $0.memoryReservation > 0 }, { $0.memoryReservation = 0 }),
        LimitSupport(
            .memorySwappiness, missing("memory swappiness capabilities", "Memory swappiness"), { ($0.memorySwappiness ?? -1) != -1 },
            { $0.memorySwappiness = nil }),
        LimitSupport(
            .oomKillDisable, "Your kernel does not support OomKillDisable. OomKillDisable discarded.", { $0.oomKillDisable == true },
            { $0.oomKillDisable = nil }),
        LimitSupport(.pids, missing("PIDs limit capabilities", "PIDs limit"), { ($0.pidsLimit ?? 0) > 0 }, { $0.pidsLimit = nil }),
        LimitSupport(.cpuShares, missing("CPU shares", "Shares"), { $0.cpuShares > 0 }, { $0.cpuShares = 0 }),
        LimitSupport(
            .cpuQuota, "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.",
            { $0.cpuPeriod > 0 || $0.cpuQuota > 0 }, { ($0.cpuPeriod, $0.cpuQuota) = (0, 0) }),
        LimitSupport(
            .cpuset, missing("cpuset", "Cpuset"), { !$0.cpusetCpus.isEmpty || !$0.cpusetMems.isEmpty },
            { ($0.cpusetCpus, $0.cpusetMems) = ("", "") }),
        LimitSupport(.blockWeight, missing("Block I/O weight", "Weight"), { $0.blkioWeight > 0 }, { $0.blkioWeight = 0 }),
        LimitSupport(
            .blockDeviceWeight, missing("Block I/O weight_device", "Weight-device"), { $0.blkioWeightDevice?.isEmpty == false },
            { $0.blkioWeightDevice = [] }),
        throttle(.readBytes, "BPS Block I/O read limit", "Block I/O BPS read limit", \.blkioDeviceReadBps),
        throttle(.writeBytes, "BPS Block I/O write limit", "Block I/O BPS write limit", \.blkioDeviceWriteBps),
        throttle(.readOperations, "IOPS Block read limit", "Block I/O IOPS read limit", \.blkioDeviceReadIOps),
        throttle(.writeOperations, "IOPS Block write limit", "Block I/O IOPS write limit", \.blkioDeviceWriteIOps),
    ]

    private static func throttle(
        _ kind: LimitKind, _ what: String, _ rest: String,
        _ field: any WritableKeyPath<HostConfig, [ThrottleDevice]?> & Sendable
    ) -> LimitSupport {
        LimitSupport(kind, missing(what, rest), { $0[keyPath: field]?.isEmpty == false }, { $0[keyPath: field] = [] })
    }

    static func check(_ hostConfig: HostConfig, _ facts: HostFacts, _ report: inout SettingsReport) {
        for limit in table where !facts.limits.contains(limit.kind) && limit.isSet(hostConfig) { report.warn(limit.warning) }
        if hostConfig.nanoCPUs > 0, !facts.limits.contains(.cpuQuota) {
            report.fault("NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted")
        }
        if hostConfig.cpuRealtimePeriod != 0 || hostConfig.cpuRealtimeRuntime != 0, !facts.limits.contains(.cpuRealtime) {
            report.fault("Your kernel does not support CPU real-time scheduler in cgroups")
        }
        if hostConfig.oomKillDisable == true, hostConfig.memory == 0, facts.limits.contains(.oomKillDisable) {
            report.warn(
                "OOM killer is disabled for the container, but no memory limit is set, "
                    + "this can result in the system running out of resources.")
        }
    }

    static func discard(from hostConfig: inout HostConfig, _ facts: HostFacts) {
        for limit in table where !facts.limits.contains(limit.kind) && limit.isSet(hostConfig) { limit.clear(&hostConfig) }
    }
}
