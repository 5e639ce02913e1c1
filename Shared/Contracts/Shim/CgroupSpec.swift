// The container's control group: where it is and what it limits.

/// Limits in Docker's units, the same for cgroup v1 and v2. A nil field is left at the kernel's default.
public struct CgroupSpec: Codable, Sendable, Equatable {
    /// Parent below each hierarchy's root, `/berth` by default; the container's own group is `<parent>/<id>`.
    public var parent: String
    /// Bytes.
    public var memory: Int64?
    /// Bytes of memory and swap together; -1 is unlimited.
    public var memorySwap: Int64?
    /// Bytes.
    public var memoryReservation: Int64?
    /// 2 to 262144, 1024 by default.
    public var cpuShares: Int64?
    /// Microseconds.
    public var cpuPeriod: Int64?
    /// Microseconds; -1 is unlimited.
    public var cpuQuota: Int64?
    public var cpusetCpus: String?
    public var cpusetMems: String?
    /// -1 is unlimited.
    public var pidsLimit: Int64?
    /// 0 to 100; version 1 only.
    public var memorySwappiness: Int64?
    /// Processes wait for memory instead of being killed; version 1 only.
    public var oomKillDisable: Bool?
    /// Microseconds; version 1 only.
    public var cpuRealtimePeriod: Int64?
    /// Microseconds in a period; version 1 only.
    public var cpuRealtimeRuntime: Int64?
    public var block: BlockLimits?

    public init(
        parent: String = "/berth", memory: Int64? = nil, memorySwap: Int64? = nil, memoryReservation: Int64? = nil,
        cpuShares: Int64? = nil, cpuPeriod: Int64? = nil, cpuQuota: Int64? = nil, cpusetCpus: String? = nil,
        cpusetMems: String? = nil, pidsLimit: Int64? = nil, memorySwappiness: Int64? = nil, oomKillDisable: Bool? = nil,
        cpuRealtimePeriod: Int64? = nil, cpuRealtimeRuntime: Int64? = nil, block: BlockLimits? = nil
    ) {
        self.parent = parent
        self.memory = memory
        self.memorySwap = memorySwap
        self.memoryReservation = memoryReservation
        self.cpuShares = cpuShares
        self.cpuPeriod = cpuPeriod
        self.cpuQuota = cpuQuota
        self.cpusetCpus = cpusetCpus
        self.cpusetMems = cpusetMems
        self.pidsLimit = pidsLimit
        self.memorySwappiness = memorySwappiness
        self.oomKillDisable = oomKillDisable
        self.cpuRealtimePeriod = cpuRealtimePeriod
        self.cpuRealtimeRuntime = cpuRealtimeRuntime
        self.block = block
    }
}
