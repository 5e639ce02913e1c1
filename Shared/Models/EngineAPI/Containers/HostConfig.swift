// The part of a container's configuration that depends on its host.

/// `HostConfig` of create and inspect, resources included, as on the wire.
/// nil and empty differ where Docker tells `null` and `[]` apart.
public struct HostConfig: Codable, Sendable, Equatable {
    /// `source:destination[:options]`.
    @NullIfAbsent public var binds: [String]?
    /// Where the client wrote the ID; kept for inspect only.
    @ZeroIfAbsent public var containerIDFile: String
    @ZeroIfAbsent public var logConfig: LogConfig
    /// `bridge`, `host`, `none`, `container:<name or ID>`, a network's name or ID, `default`, or empty.
    @ZeroIfAbsent public var networkMode: String
    /// Keys are `port/transport`; a null or empty list asks for an ephemeral port.
    @NullIfAbsent public var portBindings: PortMap?
    @ZeroIfAbsent public var restartPolicy: RestartPolicy
    @ZeroIfAbsent public var autoRemove: Bool
    @ZeroIfAbsent public var volumeDriver: String
    @NullIfAbsent public var volumesFrom: [String]?
    /// Rows and columns of a terminal's first size.
    @ZeroIfAbsent public var consoleSize: ConsoleSize
    @OmittedIfZero public var annotations: [String: String]

    @StringOrList public var capAdd: [String]?
    @StringOrList public var capDrop: [String]?
    /// Before 1.41 only; a non-empty list is refused.
    public var capabilities: [String]?
    @ZeroIfAbsent public var cgroupnsMode: String
    @NullIfAbsent public var dns: [String]?
    @NullIfAbsent public var dnsOptions: [String]?
    @NullIfAbsent public var dnsSearch: [String]?
    @NullIfAbsent public var extraHosts: [String]?
    @NullIfAbsent public var groupAdd: [String]?
    @ZeroIfAbsent public var ipcMode: String
    @ZeroIfAbsent public var cgroup: String
    @NullIfAbsent public var links: [String]?
    @ZeroIfAbsent public var oomScoreAdj: Int
    @ZeroIfAbsent public var pidMode: String
    @ZeroIfAbsent public var privileged: Bool
    @ZeroIfAbsent public var publishAllPorts: Bool
    @ZeroIfAbsent public var readonlyRootfs: Bool
    @NullIfAbsent public var securityOpt: [String]?
    @OmittedIfZero public var storageOpt: [String: String]
    /// Mount options by path in the container.
    @OmittedIfZero public var tmpfs: [String: String]
    @ZeroIfAbsent public var utsMode: String
    @ZeroIfAbsent public var usernsMode: String
    /// Bytes; 0 for the default.
    @ZeroIfAbsent public var shmSize: Int64
    @OmittedIfZero public var sysctls: [String: String]
    @OmittedIfZero public var runtime: String
    @ZeroIfAbsent public var isolation: String
    @OmittedIfZero public var mounts: [MountRequest]
    /// nil is the default set, `[]` none.
    @NullIfAbsent public var maskedPaths: [String]?
    /// nil is the default set, `[]` none.
    @NullIfAbsent public var readonlyPaths: [String]?
    /// nil is the engine's default.
    public var `init`: Bool?

    @ZeroIfAbsent public var cpuShares: Int64
    /// Bytes.
    @ZeroIfAbsent public var memory: Int64
    /// Billionths of a CPU.
    @ZeroIfAbsent public var nanoCPUs: Int64
    @ZeroIfAbsent public var cgroupParent: String
    @ZeroIfAbsent public var blkioWeight: UInt16
    @NullIfAbsent public var blkioWeightDevice: [WeightDevice]?
    @NullIfAbsent public var blkioDeviceReadBps: [ThrottleDevice]?
    @NullIfAbsent public var blkioDeviceWriteBps: [ThrottleDevice]?
    @NullIfAbsent public var blkioDeviceReadIOps: [ThrottleDevice]?
    @NullIfAbsent public var blkioDeviceWriteIOps: [ThrottleDevice]?
    /// Microseconds.
    @ZeroIfAbsent public var cpuPeriod: Int64
    /// Microseconds in a period.
    @ZeroIfAbsent public var cpuQuota: Int64
    @ZeroIfAbsent public var cpuRealtimePeriod: Int64
    @ZeroIfAbsent public var cpuRealtimeRuntime: Int64
    @ZeroIfAbsent public var cpusetCpus: String
    @ZeroIfAbsent public var cpusetMems: String
    @NullIfAbsent public var devices: [DeviceMapping]?
    @NullIfAbsent public var deviceCgroupRules: [String]?
    @NullIfAbsent public var deviceRequests: [DeviceRequest]?
    /// Bytes; ignored by kernels since 5.4.
    @OmittedIfZero public var kernelMemory: Int64
    @OmittedIfZero public var kernelMemoryTCP: Int64
    @ZeroIfAbsent public var memoryReservation: Int64
    /// Memory and swap together in bytes; -1 for no limit on swap, 0 for twice the memory.
    @ZeroIfAbsent public var memorySwap: Int64
    @NullIfAbsent public var memorySwappiness: Int64?
    @NullIfAbsent public var oomKillDisable: Bool?
    @NullIfAbsent public var pidsLimit: Int64?
    @NullIfAbsent public var ulimits: [Ulimit]?
    @ZeroIfAbsent public var cpuCount: Int64
    @ZeroIfAbsent public var cpuPercent: Int64
    @ZeroIfAbsent public var ioMaximumIOps: UInt64
    @ZeroIfAbsent public var ioMaximumBandwidth: UInt64

    public init() {}

    enum CodingKeys: String, CodingKey {
        case binds = "Binds", containerIDFile = "ContainerIDFile", logConfig = "LogConfig", networkMode = "NetworkMode"
        case portBindings = "PortBindings", restartPolicy = "RestartPolicy", autoRemove = "AutoRemove", volumeDriver = "VolumeDriver"
        case volumesFrom = "VolumesFrom", consoleSize = "ConsoleSize", annotations = "Annotations"
        case capAdd = "CapAdd", capDrop = "CapDrop", capabilities = "Capabilities", cgroupnsMode = "CgroupnsMode"
        case dns = "Dns", dnsOptions = "DnsOptions", dnsSearch = "DnsSearch", extraHosts = "ExtraHosts", groupAdd = "GroupAdd"
        case ipcMode = "IpcMode", cgroup = "Cgroup", links = "Links", oomScoreAdj = "OomScoreAdj", pidMode = "PidMode"
        case privileged = "Privileged", publishAllPorts = "PublishAllPorts", readonlyRootfs = "ReadonlyRootfs"
        case securityOpt = "SecurityOpt", storageOpt = "StorageOpt", tmpfs = "Tmpfs", utsMode = "UTSMode", usernsMode = "UsernsMode"
        case shmSize = "ShmSize", sysctls = "Sysctls", runtime = "Runtime", isolation = "Isolation", mounts = "Mounts"
        case maskedPaths = "MaskedPaths", readonlyPaths = "ReadonlyPaths", `init` = "Init"
        case cpuShares = "CpuShares", memory = "Memory", nanoCPUs = "NanoCpus", cgroupParent = "CgroupParent"
        case blkioWeight = "BlkioWeight", blkioWeightDevice = "BlkioWeightDevice"
        case blkioDeviceReadBps = "BlkioDeviceReadBps", blkioDeviceWriteBps = "BlkioDeviceWriteBps"
        case blkioDeviceReadIOps = "BlkioDeviceReadIOps", blkioDeviceWriteIOps = "BlkioDeviceWriteIOps"
        case cpuPeriod = "CpuPeriod", cpuQuota = "CpuQuota", cpuRealtimePeriod = "CpuRealtimePeriod"
        case cpuRealtimeRuntime = "CpuRealtimeRuntime", cpusetCpus = "CpusetCpus", cpusetMems = "CpusetMems"
        case devices = "Devices", deviceCgroupRules = "DeviceCgroupRules", deviceRequests = "DeviceRequests"
        case kernelMemory = "KernelMemory", kernelMemoryTCP = "KernelMemoryTCP", memoryReservation = "MemoryReservation"
        case memorySwap = "MemorySwap", memorySwappiness = "MemorySwappiness", oomKillDisable = "OomKillDisable"
        case pidsLimit = "PidsLimit", ulimits = "Ulimits", cpuCount = "CpuCount", cpuPercent = "CpuPercent"
        case ioMaximumIOps = "IOMaximumIOps", ioMaximumBandwidth = "IOMaximumBandwidth"
    }
}
