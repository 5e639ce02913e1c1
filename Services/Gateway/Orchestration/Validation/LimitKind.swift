// What control groups can limit, and how a host shows that its kernel has it.
import Foundation
import Glibc

enum LimitKind: CaseIterable {
    case memory, memoryReservation, memorySwappiness, oomKillDisable, pids, cpuShares, cpuQuota, cpuRealtime, cpuset
    case blockWeight, blockDeviceWeight, readBytes, writeBytes, readOperations, writeOperations

    /// Below `/sys/fs/cgroup` for version 1: any of them.
    private var legacyFiles: [String] {
        switch self {
        case .memory: ["memory/memory.limit_in_bytes"]
        case .memoryReservation: ["memory/memory.soft_limit_in_bytes"]
        case .memorySwappiness: ["memory/memory.swappiness"]
        case .oomKillDisable: ["memory/memory.oom_control"]
        // The root of the hierarchy has no limit that could be looked for.
        case .pids: ["pids/cgroup.procs"]
        case .cpuShares: ["cpu/cpu.shares"]
        case .cpuQuota: ["cpu/cpu.cfs_quota_us"]
        case .cpuRealtime: ["cpu/cpu.rt_runtime_us"]
        case .cpuset: ["cpuset/cpuset.cpus"]
        case .blockWeight: ["blkio/blkio.weight", "blkio/blkio.bfq.weight"]
        case .blockDeviceWeight: ["blkio/blkio.weight_device", "blkio/blkio.bfq.weight_device"]
        case .readBytes: ["blkio/blkio.throttle.read_bps_device"]
        case .writeBytes: ["blkio/blkio.throttle.write_bps_device"]
        case .readOperations: ["blkio/blkio.throttle.read_iops_device"]
        case .writeOperations: ["blkio/blkio.throttle.write_iops_device"]
        }
    }

    /// Of version 2, whose root has none of the files; nil where that version has no such limit.
    private var controller: String? {
        switch self {
        case .memory, .memoryReservation: "memory"
        case .memorySwappiness, .oomKillDisable, .cpuRealtime: nil
        case .pids: "pids"
        case .cpuShares, .cpuQuota: "cpu"
        case .cpuset: "cpuset"
        case .blockWeight, .blockDeviceWeight, .readBytes, .writeBytes, .readOperations, .writeOperations: "io"
        }
    }

    /// - Parameters:
    ///   - root: where the control groups are mounted.
    ///   - disks: the directory with one for each block device.
    static func found(version: Int, root: String = "/sys/fs/cgroup", disks: String = "/sys/block") -> Set<LimitKind> {
        guard version == 2 else {
            return Set(allCases.filter { $0.legacyFiles.contains { access("\(root)/\($0)", F_OK) == 0 } })
        }
        let text = HostDescription.read("\(root)/cgroup.controllers") ?? ""
        let controllers = Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
        return Set(allCases.filter { $0.controller.map(controllers.contains) ?? false })
            .subtracting(missingWeights(root: root, disks: disks))
    }

    /// Version 2 weighs by the BFQ scheduler, or by the kernel's cost model where somebody has turned it on for a device. Without either,
    /// groups may have a weight, but a device's own is refused.
    private static func missingWeights(root: String, disks: String) -> Set<LimitKind> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: disks)) ?? []
        let schedulers = names.compactMap { HostDescription.read("\(disks)/\($0)/queue/scheduler") }
        let costs = HostDescription.read("\(root)/io.cost.qos")
        if schedulers.contains(where: { $0.contains("[bfq]") }) || costs?.contains("enable=1") == true { return [] }
        let mayWeigh = costs != nil || schedulers.contains { $0.contains("bfq") }
        return mayWeigh ? [.blockDeviceWeight] : [.blockWeight, .blockDeviceWeight]
    }
}
