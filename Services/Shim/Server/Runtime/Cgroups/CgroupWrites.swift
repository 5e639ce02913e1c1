// Which files of a control group get which values: Docker's limits in the terms of each version.
import Contracts
import Glibc

/// One value for one file.
struct CgroupWrite: Equatable {
    var controller: String
    var file: String
    var value: String
    /// Swap can't be limited where the kernel doesn't account for it; the memory limit holds all the same.
    var needsSwapAccounting = false
    /// Where the kernel has another file for it: what is written when `file` isn't there.
    var otherwise: Alternative?

    struct Alternative: Equatable {
        var file: String
        var value: String
    }
}

enum CgroupWrites {
    /// For version 1, in an order that a new group accepts: the limit of memory and swap is never below that of memory.
    /// - Parameter devices: The number, as `major:minor`, of each block device that the limits name by its path.
    static func legacy(_ spec: CgroupSpec, devices: [String: String] = [:]) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        func set(_ controller: String, _ file: String, _ value: Int64?, swap: Bool = false) {
            guard let value else { return }
            writes.append(CgroupWrite(controller: controller, file: file, value: String(value), needsSwapAccounting: swap))
        }
        set("memory", "memory.limit_in_bytes", spec.memory)
        set("memory", "memory.memsw.limit_in_bytes", spec.memorySwap, swap: true)
        set("memory", "memory.soft_limit_in_bytes", spec.memoryReservation)
        set("cpu", "cpu.shares", spec.cpuShares)
        set("cpu", "cpu.cfs_period_us", spec.cpuPeriod)
        set("cpu", "cpu.cfs_quota_us", spec.cpuQuota)
        if let cpus = spec.cpusetCpus { writes.append(CgroupWrite(controller: "cpuset", file: "cpuset.cpus", value: cpus)) }
        if let mems = spec.cpusetMems { writes.append(CgroupWrite(controller: "cpuset", file: "cpuset.mems", value: mems)) }
        if let pids = spec.pidsLimit { writes.append(CgroupWrite(controller: "pids", file: "pids.max", value: limit(pids, above: 0))) }
        set("memory", "memory.swappiness", spec.memorySwappiness)
        set("memory", "memory.oom_control", spec.oomKillDisable.map { $0 ? 1 : 0 })
        // The kernel takes no runtime that is longer than the period.
        set("cpu", "cpu.rt_period_us", spec.cpuRealtimePeriod)
        set("cpu", "cpu.rt_runtime_us", spec.cpuRealtimeRuntime)
        return writes + (spec.block.map { BlockWrites.legacy($0, devices: devices) } ?? [])
    }

    static func unified(_ spec: CgroupSpec, devices: [String: String] = [:]) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        func set(_ controller: String, _ file: String, _ value: String?, swap: Bool = false) {
            guard let value else { return }
            writes.append(CgroupWrite(controller: controller, file: file, value: value, needsSwapAccounting: swap))
        }
        set("memory", "memory.max", spec.memory.map { limit($0, above: 0) })
        set("memory", "memory.swap.max", swap(spec), swap: true)
        set("memory", "memory.low", spec.memoryReservation.map(String.init))
        set("cpu", "cpu.weight", spec.cpuShares.map { String(weight(shares: $0)) })
        set("cpu", "cpu.max", bandwidth(spec))
        set("cpuset", "cpuset.cpus", spec.cpusetCpus)
        set("cpuset", "cpuset.mems", spec.cpusetMems)
        set("pids", "pids.max", spec.pidsLimit.map { limit($0, above: 0) })
        return writes + (spec.block.map { BlockWrites.unified($0, devices: devices) } ?? [])
    }

    /// Shares of 2, 1024 and 262144 are weights of 1, 100 and 10000, with a smooth curve between.
    static func weight(shares: Int64) -> Int64 {
        guard shares > 2 else { return 1 }
        guard shares < 262_144 else { return 10_000 }
        let exponent = log2(Double(shares))
        return Int64(ceil(pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34)))
    }

    /// Version 2 counts swap alone.
    private static func swap(_ spec: CgroupSpec) -> String? {
        guard let both = spec.memorySwap else { return nil }
        guard both >= 0 else { return "max" }
        return String(max(0, both - (spec.memory ?? 0)))
    }

    private static func bandwidth(_ spec: CgroupSpec) -> String? {
        guard spec.cpuQuota != nil || spec.cpuPeriod != nil else { return nil }
        return "\(limit(spec.cpuQuota ?? -1, above: 0)) \(spec.cpuPeriod ?? 100_000)"
    }

    private static func limit(_ value: Int64, above least: Int64) -> String { value > least ? String(value) : "max" }
}
