// What a container uses, as Docker tells it.

/// One line of `GET /containers/{id}/stats`. Zeros are left out where Docker leaves them out.
public struct ContainerStats: Codable, Sendable, Equatable {
    @OmittedIfZero public var name: String
    @OmittedIfZero public var id: String
    public var read: EngineTime = .never
    /// When the previous sample was read; `.never` for the first.
    public var previousRead: EngineTime = .never
    public var pids = Pids()
    public var blockIO = BlockIO()
    /// Windows only.
    public var processCount = 0
    /// Windows only.
    public var storage = EmptyObject()
    public var cpu = CPU()
    public var previousCPU = CPU()
    public var memory = Memory()
    @OmittedIfZero public var networks: [String: Network]
    /// Berth's own: time lost for want of a resource.
    @OmittedIfZero public var pressure: [String: Pressure]

    public init(name: String, id: String) {
        self.name = name
        self.id = id
    }

    enum CodingKeys: String, CodingKey {
        case name, id, read, previousRead = "preread", pids = "pids_stats", blockIO = "blkio_stats", processCount = "num_procs"
        case storage = "storage_stats", cpu = "cpu_stats", previousCPU = "precpu_stats", memory = "memory_stats", networks
        case pressure = "berth_pressure"
    }

    public struct Pids: Codable, Sendable, Equatable {
        @OmittedIfZero public var current: UInt64
        @OmittedIfZero public var limit: UInt64

        public init() {}
    }

    /// Nanoseconds.
    public struct CPU: Codable, Sendable, Equatable {
        public var usage = Usage()
        @OmittedIfZero public var system: UInt64
        @OmittedIfZero public var onlineCPUs: UInt64
        public var throttling = Throttling()

        public init() {}

        enum CodingKeys: String, CodingKey {
            case usage = "cpu_usage", system = "system_cpu_usage", onlineCPUs = "online_cpus", throttling = "throttling_data"
        }

        public struct Usage: Codable, Sendable, Equatable {
            public var total: UInt64 = 0
            @OmittedIfZero public var perCPU: [UInt64]
            public var kernel: UInt64 = 0
            public var user: UInt64 = 0

            public init() {}

            enum CodingKeys: String, CodingKey {
                case total = "total_usage", perCPU = "percpu_usage", kernel = "usage_in_kernelmode", user = "usage_in_usermode"
            }
        }

        public struct Throttling: Codable, Sendable, Equatable {
            public var periods: UInt64 = 0
            public var throttledPeriods: UInt64 = 0
            public var throttledTime: UInt64 = 0

            public init() {}

            enum CodingKeys: String, CodingKey {
                case periods, throttledPeriods = "throttled_periods", throttledTime = "throttled_time"
            }
        }
    }

    /// Bytes.
    public struct Memory: Codable, Sendable, Equatable {
        @OmittedIfZero public var usage: UInt64
        @OmittedIfZero public var maximum: UInt64
        @OmittedIfZero public var stats: [String: UInt64]
        @OmittedIfZero public var failures: UInt64
        @OmittedIfZero public var limit: UInt64

        public init() {}

        enum CodingKeys: String, CodingKey {
            case usage, maximum = "max_usage", stats, failures = "failcnt", limit
        }
    }
}
