// A container in full.

/// The answer to inspect.
public struct ContainerInspect: Codable, Sendable, Equatable {
    public var id: String
    public var created: EngineTime
    @ZeroIfAbsent public var path: String
    @ZeroIfAbsent public var args: [String]
    public var state: ContainerState
    /// The image's ID.
    @ZeroIfAbsent public var image: String
    @ZeroIfAbsent public var resolvConfPath: String
    @ZeroIfAbsent public var hostnamePath: String
    @ZeroIfAbsent public var hostsPath: String
    @ZeroIfAbsent public var logPath: String
    /// With a leading slash.
    @ZeroIfAbsent public var name: String
    @ZeroIfAbsent public var restartCount: Int
    @ZeroIfAbsent public var driver: String
    @ZeroIfAbsent public var platform: String
    @ZeroIfAbsent public var mountLabel: String
    @ZeroIfAbsent public var processLabel: String
    @ZeroIfAbsent public var appArmorProfile: String
    /// nil when none runs.
    @NullIfAbsent public var execIDs: [String]?
    public var hostConfig: HostConfig
    public var graphDriver: GraphDriver?
    /// Bytes of the writable layer; only when the size was asked for.
    public var sizeRw: Int64?
    /// Bytes of all layers; only when the size was asked for.
    public var sizeRootFs: Int64?
    @ZeroIfAbsent public var mounts: [MountPoint]
    public var config: ContainerConfig
    public var networkSettings: NetworkSettings
    /// Not Docker's: only for a container in a user namespace.
    public var idMappings: IDMappings?

    public init(
        id: String, created: EngineTime, state: ContainerState, hostConfig: HostConfig, config: ContainerConfig,
        networkSettings: NetworkSettings
    ) {
        self.id = id
        self.created = created
        self.state = state
        self.hostConfig = hostConfig
        self.config = config
        self.networkSettings = networkSettings
    }

    enum CodingKeys: String, CodingKey {
        case id = "Id", created = "Created", path = "Path", args = "Args", state = "State", image = "Image"
        case resolvConfPath = "ResolvConfPath", hostnamePath = "HostnamePath", hostsPath = "HostsPath", logPath = "LogPath"
        case name = "Name", restartCount = "RestartCount", driver = "Driver", platform = "Platform", mountLabel = "MountLabel"
        case processLabel = "ProcessLabel", appArmorProfile = "AppArmorProfile", execIDs = "ExecIDs", hostConfig = "HostConfig"
        case graphDriver = "GraphDriver", sizeRw = "SizeRw", sizeRootFs = "SizeRootFs", mounts = "Mounts", config = "Config"
        case networkSettings = "NetworkSettings", idMappings = "IDMappings"
    }
}

/// The IDs of a container's user namespace, each range as `inside:host:count`.
public struct IDMappings: Codable, Sendable, Equatable {
    public var users: [String]
    public var groups: [String]

    public init(users: [String], groups: [String]) {
        self.users = users
        self.groups = groups
    }

    enum CodingKeys: String, CodingKey {
        case users = "UidMap", groups = "GidMap"
    }
}

/// The storage driver's data of a container or an image.
public struct GraphDriver: Codable, Sendable, Equatable {
    public var name: String
    /// nil is written as null.
    @NullIfAbsent public var data: [String: String]?

    public init(name: String, data: [String: String]?) {
        self.name = name
        self.data = data
    }

    enum CodingKeys: String, CodingKey { case name = "Name", data = "Data" }
}
