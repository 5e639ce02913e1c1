// Rules for limits: memory, CPU, process counts.
import Models

/// Checks the resources of `HostConfig`.
struct ResourceCheck {
    static let minimumMemory: Int64 = 6 << 20
    private static let periods: ClosedRange<Int64> = 1000...1_000_000
    private static let minimumQuota: Int64 = 1000

    let hostConfig: HostConfig
    let facts: HostFacts
    /// Of what an update leaves out, the container has its own.
    var isUpdate = false

    func check(_ report: inout SettingsReport) {
        checkMemory(&report)
        checkCPU(&report)
        checkCPUSet(&report)
        checkRest(&report)
        LimitSupport.check(hostConfig, facts, &report)
    }

    private func checkMemory(_ report: inout SettingsReport) {
        let (memory, swap, reservation) = (hostConfig.memory, hostConfig.memorySwap, hostConfig.memoryReservation)
        report.fault(unless: memory == 0 || memory >= Self.minimumMemory, "Minimum memory limit allowed is 6MB")
        if memory > 0, swap > 0, swap < memory {
            report.fault("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if memory == 0, swap > 0, !isUpdate {
            report.fault("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        report.fault(unless: reservation == 0 || reservation >= Self.minimumMemory, "Minimum memory reservation allowed is 6MB")
        if memory > 0, reservation > memory {
            report.fault("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
        if let swappiness = hostConfig.memorySwappiness, !(-1...100).contains(swappiness) {
            report.fault("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
        }
        if swap > 0, !facts.swapLimitSupported {
            report.warn(
                "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.")
        }
    }

    private func checkCPU(_ report: inout SettingsReport) {
        let nano = hostConfig.nanoCPUs
        if nano != 0 {
            report.fault(unless: hostConfig.cpuPeriod == 0, "Conflicting options: Nano CPUs and CPU Period cannot both be set.")
            report.fault(unless: hostConfig.cpuQuota == 0, "Conflicting options: Nano CPUs and CPU Quota cannot both be set")
            report.fault(
                unless: nano > 0 && nano <= Int64(facts.cpuCount) * 1_000_000_000,
                "range of CPUs is from 0.01 to \(facts.cpuCount).00, as there are only \(facts.cpuCount) CPUs available")
        }
        report.fault(
            unless: hostConfig.cpuPeriod == 0 || Self.periods.contains(hostConfig.cpuPeriod),
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        report.fault(
            unless: hostConfig.cpuQuota <= 0 || hostConfig.cpuQuota >= Self.minimumQuota,
            "CPU cfs quota can not be less than 1ms (i.e. 1000)")
        report.fault(
            unless: hostConfig.cpuShares >= 0, "invalid CPU shares (\(hostConfig.cpuShares)): value must be a positive integer")
    }

    private func checkCPUSet(_ report: inout SettingsReport) {
        if !hostConfig.cpusetCpus.isEmpty {
            guard let cpus = CPUList.parse(hostConfig.cpusetCpus) else {
                return report.fault("Invalid value \(hostConfig.cpusetCpus) for cpuset cpus: invalid format: \(hostConfig.cpusetCpus)")
            }
            report.fault(
                unless: cpus.allSatisfy { $0 < facts.cpuCount },
                "Requested CPUs are not available - requested \(hostConfig.cpusetCpus), available: 0-\(facts.cpuCount - 1)")
        }
        guard !hostConfig.cpusetMems.isEmpty else { return }
        guard let nodes = CPUList.parse(hostConfig.cpusetMems) else {
            return report.fault("Invalid value \(hostConfig.cpusetMems) for cpuset mems: invalid format: \(hostConfig.cpusetMems)")
        }
        report.fault(
            unless: Set(nodes).isSubset(of: CPUList.parse(facts.memoryNodes) ?? [0]),
            "Requested memory nodes are not available - requested \(hostConfig.cpusetMems), available: \(facts.memoryNodes)")
    }

    private func checkRest(_ report: inout SettingsReport) {
        report.fault(
            unless: hostConfig.blkioWeight == 0 || (10...1000).contains(hostConfig.blkioWeight),
            "Range of blkio weight is from 10 to 1000")
        report.fault(
            unless: (-1000...1000).contains(hostConfig.oomScoreAdj),
            "Invalid value \(hostConfig.oomScoreAdj), range for oom score adj is [-1000, 1000]")
        report.fault(unless: hostConfig.shmSize >= 0, "SHM size can not be less than 0")
        for limit in hostConfig.ulimits ?? [] { check(limit, &report) }
    }

    private func check(_ limit: Ulimit, _ report: inout SettingsReport) {
        report.fault(unless: Ulimit.names.contains(limit.name), "invalid ulimit type: \(limit.name)")
        if limit.hard != -1, limit.soft > limit.hard || limit.soft == -1 {
            report.fault("ulimit soft limit must be less than or equal to hard limit: \(limit.soft) > \(limit.hard)")
        }
    }
}

/// `0-3,7`: lists of CPUs and memory nodes.
enum CPUList {
    private static let limit = 8192

    /// nil for what is no list, or names CPUs beyond any machine.
    static func parse(_ text: String) -> Set<Int>? {
        var cpus: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
            guard first >= 0, first <= last, last < limit else { return nil }
            cpus.formUnion(first...last)
        }
        return cpus
    }
}
