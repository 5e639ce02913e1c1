// A container in a list.

/// One entry of the answer to list.
public struct ContainerSummary: Codable, Sendable, Equatable {
    public var id: String
    /// Each with a leading slash.
    public var names: [String]
    @ZeroIfAbsent public var image: String
    @ZeroIfAbsent public var imageID: String
    @ZeroIfAbsent public var command: String
    /// Seconds since 1970.
    @ZeroIfAbsent public var created: Int64
    @ZeroIfAbsent public var ports: [PortSummary]
    /// Only when the size was asked for.
    public var sizeRw: Int64?
    /// Only when the size was asked for.
    public var sizeRootFs: Int64?
    @ZeroIfAbsent public var labels: [String: String]
    public var state: ContainerState.Status
    /// For humans: `Up 3 minutes (healthy)`.
    @OmittedIfZero public var status: String
    public var hostConfig: HostSummary
    public var networkSettings: NetworksSummary?
    /// From 1.52; older versions don't see it.
    public var health: ContainerHealthSummary?
    @ZeroIfAbsent public var mounts: [MountPoint]

    public init(id: String, names: [String], state: ContainerState.Status, hostConfig: HostSummary) {
        self.id = id
        self.names = names
        self.state = state
        self.hostConfig = hostConfig
    }

    enum CodingKeys: String, CodingKey {
        case id = "Id", names = "Names", image = "Image", imageID = "ImageID", command = "Command", created = "Created", ports = "Ports"
        case sizeRw = "SizeRw", sizeRootFs = "SizeRootFs", labels = "Labels", state = "State", status = "Status"
        case hostConfig = "HostConfig", networkSettings = "NetworkSettings", health = "Health", mounts = "Mounts"
    }
}

extension ContainerSummary {
    public struct HostSummary: Codable, Sendable, Equatable {
        @OmittedIfZero public var networkMode: String
        /// From 1.46; older versions don't see them.
        @OmittedIfZero public var annotations: [String: String]

        public init(networkMode: String, annotations: [String: String] = [:]) {
            self.networkMode = networkMode
            self.annotations = annotations
        }

        enum CodingKeys: String, CodingKey { case networkMode = "NetworkMode", annotations = "Annotations" }
    }

    public struct NetworksSummary: Codable, Sendable, Equatable {
        public var networks: [String: EndpointSettings]

        public init(networks: [String: EndpointSettings]) { self.networks = networks }

        enum CodingKeys: String, CodingKey { case networks = "Networks" }
    }
}

/// A port of a container in a list.
public struct PortSummary: Codable, Sendable, Equatable {
    @OmittedIfZero public var ip: String
    public var privatePort: UInt16
    /// 0, and not written, when the port isn't published.
    @OmittedIfZero public var publicPort: UInt16
    /// `tcp`, `udp` or `sctp`.
    public var type: String

    public init(ip: String = "", privatePort: UInt16, publicPort: UInt16 = 0, type: String) {
        self.privatePort = privatePort
        self.type = type
        self.ip = ip
        self.publicPort = publicPort
    }

    enum CodingKeys: String, CodingKey { case ip = "IP", privatePort = "PrivatePort", publicPort = "PublicPort", type = "Type" }
}
