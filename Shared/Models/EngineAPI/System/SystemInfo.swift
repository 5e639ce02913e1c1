// The answer to info.

/// What the engine and its host are, and how many containers and images there are.
public struct SystemInfo: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var id: String
    @ZeroIfAbsent public var containers: Int
    @ZeroIfAbsent public var containersRunning: Int
    @ZeroIfAbsent public var containersPaused: Int
    @ZeroIfAbsent public var containersStopped: Int
    @ZeroIfAbsent public var images: Int
    /// The storage driver.
    @ZeroIfAbsent public var driver: String
    /// Label and value pairs.
    @ZeroIfAbsent public var driverStatus: [[String]]
    @ZeroIfAbsent public var dockerRootDir: String
    public var plugins = PluginsInfo()
    @ZeroIfAbsent public var memoryLimit: Bool
    @ZeroIfAbsent public var swapLimit: Bool
    @ZeroIfAbsent public var cpuCfsPeriod: Bool
    @ZeroIfAbsent public var cpuCfsQuota: Bool
    @ZeroIfAbsent public var cpuShares: Bool
    @ZeroIfAbsent public var cpuSet: Bool
    @ZeroIfAbsent public var pidsLimit: Bool
    @ZeroIfAbsent public var oomKillDisable: Bool
    @ZeroIfAbsent public var ipv4Forwarding: Bool
    /// Before 1.50, as the next.
    public var bridgeNfIptables: Bool?
    public var bridgeNfIp6tables: Bool?
    /// Before 1.42, as the next.
    public var kernelMemory: Bool?
    public var kernelMemoryTCP: Bool?
    @ZeroIfAbsent public var debug: Bool
    /// Open descriptors of the gateway.
    @ZeroIfAbsent public var nfd: Int
    @ZeroIfAbsent public var nGoroutines: Int
    /// RFC 3339 with nanoseconds.
    @ZeroIfAbsent public var systemTime: String
    @ZeroIfAbsent public var loggingDriver: String
    @ZeroIfAbsent public var cgroupDriver: String
    /// `1` or `2`.
    @ZeroIfAbsent public var cgroupVersion: String
    @ZeroIfAbsent public var nEventsListener: Int
    @ZeroIfAbsent public var kernelVersion: String
    @ZeroIfAbsent public var operatingSystem: String
    @ZeroIfAbsent public var osVersion: String
    @ZeroIfAbsent public var osType: String
    /// As `uname -m` has it.
    @ZeroIfAbsent public var architecture: String
    @ZeroIfAbsent public var ncpu: Int
    /// Bytes.
    @ZeroIfAbsent public var memTotal: Int64
    @ZeroIfAbsent public var indexServerAddress: String
    public var registryConfig = RegistryConfig()
    @NullIfAbsent public var genericResources: [String]?
    @ZeroIfAbsent public var httpProxy: String
    @ZeroIfAbsent public var httpsProxy: String
    @ZeroIfAbsent public var noProxy: String
    @ZeroIfAbsent public var name: String
    @ZeroIfAbsent public var labels: [String]
    @ZeroIfAbsent public var experimentalBuild: Bool
    @ZeroIfAbsent public var serverVersion: String
    @ZeroIfAbsent public var runtimes: [String: RuntimeInfo]
    @ZeroIfAbsent public var defaultRuntime: String
    public var swarm = SwarmInfo()
    @ZeroIfAbsent public var liveRestoreEnabled: Bool
    @ZeroIfAbsent public var isolation: String
    @ZeroIfAbsent public var initBinary: String
    public var containerdCommit = CommitInfo()
    public var runcCommit = CommitInfo()
    public var initCommit = CommitInfo()
    @ZeroIfAbsent public var securityOptions: [String]
    @OmittedIfZero public var defaultAddressPools: [AddressPoolInfo]
    /// From 1.49.
    public var firewallBackend: FirewallInfo?
    @ZeroIfAbsent public var cdiSpecDirs: [String]
    /// From 1.50.
    @OmittedIfZero public var discoveredDevices: [DeviceInfo]
    /// nil is written as null.
    @NullIfAbsent public var warnings: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case id = "ID", containers = "Containers", containersRunning = "ContainersRunning", containersPaused = "ContainersPaused"
        case containersStopped = "ContainersStopped", images = "Images", driver = "Driver", driverStatus = "DriverStatus"
        case dockerRootDir = "DockerRootDir", plugins = "Plugins", memoryLimit = "MemoryLimit", swapLimit = "SwapLimit"
        case cpuCfsPeriod = "CpuCfsPeriod", cpuCfsQuota = "CpuCfsQuota", cpuShares = "CPUShares", cpuSet = "CPUSet"
        case pidsLimit = "PidsLimit", oomKillDisable = "OomKillDisable", ipv4Forwarding = "IPv4Forwarding"
        case bridgeNfIptables = "BridgeNfIptables", bridgeNfIp6tables = "BridgeNfIp6tables"
        case kernelMemory = "KernelMemory", kernelMemoryTCP = "KernelMemoryTCP", debug = "Debug", nfd = "NFd"
        case nGoroutines = "NGoroutines", systemTime = "SystemTime", loggingDriver = "LoggingDriver", cgroupDriver = "CgroupDriver"
        case cgroupVersion = "CgroupVersion", nEventsListener = "NEventsListener", kernelVersion = "KernelVersion"
        case operatingSystem = "OperatingSystem", osVersion = "OSVersion", osType = "OSType", architecture = "Architecture"
        case ncpu = "NCPU", memTotal = "MemTotal", indexServerAddress = "IndexServerAddress", registryConfig = "RegistryConfig"
        case genericResources = "GenericResources", httpProxy = "HttpProxy", httpsProxy = "HttpsProxy", noProxy = "NoProxy"
        case name = "Name", labels = "Labels", experimentalBuild = "ExperimentalBuild", serverVersion = "ServerVersion"
        case runtimes = "Runtimes", defaultRuntime = "DefaultRuntime", swarm = "Swarm", liveRestoreEnabled = "LiveRestoreEnabled"
        case isolation = "Isolation", initBinary = "InitBinary", containerdCommit = "ContainerdCommit", runcCommit = "RuncCommit"
        case initCommit = "InitCommit", securityOptions = "SecurityOptions", defaultAddressPools = "DefaultAddressPools"
        case firewallBackend = "FirewallBackend", cdiSpecDirs = "CDISpecDirs", warnings = "Warnings"
        case discoveredDevices = "DiscoveredDevices"
    }
}
