// A container as the gateway knows it.
public import Contracts
public import Models

/// What is fixed when a container is created, except for its name and its networks.
public struct ContainerDefinition: Codable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    /// The name, without the slash that Docker shows in front of it.
    public var name: String
    /// Nanoseconds since 1970.
    public var createdAt: Int64
    /// What is executed, resolved from entrypoint and command.
    public var path: String
    public var arguments: [String]
    /// The request merged with the image's configuration.
    public var config: ContainerConfig
    public var hostConfig: HostConfig
    /// `sha256:…`
    public var imageID: String
    /// `linux`, or what the image says.
    public var platform: String
    /// Digest of the image's manifest, empty for an imported one.
    public var manifestDigest: String
    public var logPath: String
    public var snapshot: SnapshotRecord
    /// In the order they are mounted.
    public var resolvedMounts: [ContainerMount]
    /// What was asked for, by network name.
    public var endpoints: [String: EndpointSettings]
    /// The name of the network that the mode has by its ID.
    public var mainNetwork: String?
    /// The map of the user namespace that the container runs in; nil for the host's.
    public var idMap: IDMap?

    public init(
        id: String, name: String, createdAt: Int64, path: String, arguments: [String], config: ContainerConfig,
        hostConfig: HostConfig, imageID: String, platform: String, manifestDigest: String, logPath: String,
        snapshot: SnapshotRecord, mounts: [ContainerMount], endpoints: [String: EndpointSettings], idMap: IDMap? = nil
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.path = path
        self.arguments = arguments
        self.config = config
        self.hostConfig = hostConfig
        self.imageID = imageID
        self.platform = platform
        self.manifestDigest = manifestDigest
        self.logPath = logPath
        self.snapshot = snapshot
        resolvedMounts = mounts
        self.endpoints = endpoints
        self.idMap = idMap
    }

    /// The network that the container's mode names, as `endpoints` has it; the mode itself where that is no network.
    public var mainNetworkName: String { mainNetwork ?? hostConfig.networkMode }
}

/// An immutable snapshot of a container: what reads are served from.
public struct ContainerRecord: Sendable {
    /// Shared between the snapshots of a container, since it rarely changes.
    private final class Box: Sendable {
        let value: ContainerDefinition
        init(_ value: ContainerDefinition) { self.value = value }
    }

    private var box: Box
    public var state: RunState
    /// Caches derived from this snapshot; emptied on every change.
    public internal(set) var memo = RecordMemo()

    public init(_ definition: ContainerDefinition, state: RunState = RunState()) {
        box = Box(definition)
        self.state = state
    }

    public var definition: ContainerDefinition {
        get { box.value }
        set { box = Box(newValue) }
    }

    public var id: String { box.value.id }
    public var name: String { box.value.name }
    /// Nanoseconds since 1970.
    public var createdAt: Int64 { box.value.createdAt }
    public var config: ContainerConfig { box.value.config }
    public var hostConfig: HostConfig { box.value.hostConfig }
}
