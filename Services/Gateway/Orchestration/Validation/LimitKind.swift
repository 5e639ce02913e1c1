// What control groups can limit, and how a host shows that its kernel has it.
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

    static func found(version: Int, root: String = "/sys/fs/cgroup") -> Set<LimitKind> {
        guard version == 2 else {
            return Set(allCases.filter { $0.legacyFiles.contains { access("\(root)/\($0)", F_OK) == 0 } })
        }
        let text = HostDescription.read("\(root)/cgroup.controllers") ?? ""
        let controllers = Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
        return Set(allCases.filter { $0.controller.map(controllers.contains) ?? false })
    }
}
