// What a container uses, as the kernel counts it; and its limits, changed while it runs.
import RPC

/// One look at a running container's counters. Errors: conflict when it isn't running.
public enum ReadStats: RPCMethod {
    public static let name = "shim.stats"
    public typealias Request = RPCNothing
    public typealias Response = StatsSample
}

/// Changes limits and the restart rule of a container that has been started; what is nil stays. Takes effect at once.
/// Errors: conflict when it isn't running; `invalidParameter` when the kernel refuses a limit: then none of them is kept.
public enum UpdateContainer: RPCMethod {
    public static let name = "shim.update"
    public struct Request: Codable, Sendable {
        /// All limits, not only those that change.
        public var cgroup: CgroupSpec?
        public var restart: RestartRule?
        /// Where the namespaces of other containers are now that it is in, each as a path; for its next start in place.
        public var namespaces: NamespaceSpec?
        public init(cgroup: CgroupSpec? = nil, restart: RestartRule? = nil, namespaces: NamespaceSpec? = nil) {
            self.cgroup = cgroup
            self.restart = restart
            self.namespaces = namespaces
        }
    }
    public typealias Response = RPCNothing
}

/// Counters since the container's start. What a kernel doesn't count is nil, or isn't among the entries.
public struct StatsSample: Codable, Sendable, Equatable {
    /// Nanoseconds since 1970.
    public var time: Int64
    /// 1 or 2.
    public var cgroupVersion: Int32
    public var cpu: CPUSample
    public var memory: MemorySample
    public var pids: PidsSample
    public var io: [IOCounter]
    /// Operations, where the kernel counts them apart.
    public var operations: [IOCounter]
    /// Counters by interface; nil when the container shares the host's network.
    public var networks: [String: NetworkCounters]?
    /// Pressure by resource (`cpu`, `memory`, `io`); nil without pressure accounting.
    public var pressure: [String: PressureSample]?

    public init(
        time: Int64, cgroupVersion: Int32, cpu: CPUSample = CPUSample(), memory: MemorySample = MemorySample(),
        pids: PidsSample = PidsSample(), io: [IOCounter] = [], operations: [IOCounter] = [], networks: [String: NetworkCounters]? = nil,
        pressure: [String: PressureSample]? = nil
    ) {
        self.time = time
        self.cgroupVersion = cgroupVersion
        self.cpu = cpu
        self.memory = memory
        self.pids = pids
        self.io = io
        self.operations = operations
        self.networks = networks
        self.pressure = pressure
    }
}

/// Nanoseconds.
public struct CPUSample: Codable, Sendable, Equatable {
    public var total: UInt64 = 0
    public var user: UInt64 = 0
    public var kernel: UInt64 = 0
    public var perCPU: [UInt64]?
    public var periods: UInt64 = 0
    public var throttledPeriods: UInt64 = 0
    public var throttledTime: UInt64 = 0
    /// Processor time of the whole host.
    public var system: UInt64 = 0
    public var onlineCPUs: UInt32 = 0

    public init() {}
}

/// Bytes.
public struct MemorySample: Codable, Sendable, Equatable {
    public var usage: UInt64 = 0
    public var maximum: UInt64?
    /// The container's limit, or the host's memory when that is less.
    public var limit: UInt64 = 0
    public var failures: UInt64 = 0
    /// What the kernel tells in detail, by its own names.
    public var details: [String: UInt64] = [:]

    public init() {}
}

public struct PidsSample: Codable, Sendable, Equatable {
    public var current: UInt64 = 0
    /// nil for none.
    public var limit: UInt64?

    public init() {}
}

/// Bytes or operations of one kind on one device.
public struct IOCounter: Codable, Sendable, Equatable {
    public var major: UInt64
    public var minor: UInt64
    /// In the kernel's words: `Read`, `Write`…; `read` and `write` of version 2.
    public var kind: String
    public var value: UInt64

    public init(major: UInt64, minor: UInt64, kind: String, value: UInt64) {
        self.major = major
        self.minor = minor
        self.kind = kind
        self.value = value
    }
}

public struct NetworkCounters: Codable, Sendable, Equatable {
    public var receivedBytes: UInt64
    public var receivedPackets: UInt64
    public var receivedErrors: UInt64
    public var receivedDropped: UInt64
    public var sentBytes: UInt64
    public var sentPackets: UInt64
    public var sentErrors: UInt64
    public var sentDropped: UInt64

    /// Counters in the order of `/proc/net/dev`: bytes, packets, errors and dropped packets of each direction.
    public init(received: [UInt64], sent: [UInt64]) {
        func number(_ list: [UInt64], _ index: Int) -> UInt64 { list.indices.contains(index) ? list[index] : 0 }
        receivedBytes = number(received, 0)
        receivedPackets = number(received, 1)
        receivedErrors = number(received, 2)
        receivedDropped = number(received, 3)
        sentBytes = number(sent, 0)
        sentPackets = number(sent, 1)
        sentErrors = number(sent, 2)
        sentDropped = number(sent, 3)
    }
}

/// Time lost for want of a resource.
public struct PressureSample: Codable, Sendable, Equatable {
    public struct Line: Codable, Sendable, Equatable {
        /// Percent of the last 10 s, minute and five minutes.
        public var average10: Double
        public var average60: Double
        public var average300: Double
        /// Microseconds.
        public var total: UInt64

        public init(average10: Double, average60: Double, average300: Double, total: UInt64) {
            self.average10 = average10
            self.average60 = average60
            self.average300 = average300
            self.total = total
        }
    }

    /// Some of the processes waited.
    public var some: Line?
    /// All of them did.
    public var full: Line?

    public init(some: Line? = nil, full: Line? = nil) {
        self.some = some
        self.full = full
    }
}
