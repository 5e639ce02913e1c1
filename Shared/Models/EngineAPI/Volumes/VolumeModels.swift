// Volumes as the Engine API shows them.

/// A volume.
public struct VolumeInfo: Codable, Sendable, Equatable {
    /// How much a volume is used; only in answers about disk usage.
    public struct Usage: Codable, Sendable, Equatable {
        /// Containers that refer to it; -1 when that isn't known.
        public var refCount: Int64
        /// Bytes; -1 when they can't be told.
        public var size: Int64

        public init(refCount: Int64, size: Int64) {
            self.refCount = refCount
            self.size = size
        }

        enum CodingKeys: String, CodingKey { case refCount = "RefCount", size = "Size" }
    }

    public var createdAt: EngineTime
    @ZeroIfAbsent public var driver: String
    @NullIfAbsent public var labels: [String: String]?
    @ZeroIfAbsent public var mountpoint: String
    @ZeroIfAbsent public var name: String
    @NullIfAbsent public var options: [String: String]?
    @ZeroIfAbsent public var scope: String
    public var usageData: Usage?

    public init(name: String, createdAt: EngineTime) {
        self.createdAt = createdAt
        self.name = name
        scope = "local"
    }

    enum CodingKeys: String, CodingKey {
        case createdAt = "CreatedAt", driver = "Driver", labels = "Labels", mountpoint = "Mountpoint", name = "Name", options = "Options"
        case scope = "Scope", usageData = "UsageData"
    }
}

/// The body of `POST /volumes/create`.
public struct VolumeCreateRequest: Codable, Sendable, Equatable {
    /// Empty for a name that the engine makes up.
    @ZeroIfAbsent public var name: String
    @ZeroIfAbsent public var driver: String
    @ZeroIfAbsent public var driverOpts: [String: String]
    @ZeroIfAbsent public var labels: [String: String]
    public var clusterVolumeSpec: EmptyObject?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case name = "Name", driver = "Driver", driverOpts = "DriverOpts", labels = "Labels", clusterVolumeSpec = "ClusterVolumeSpec"
    }
}

/// What `GET /volumes` answers.
public struct VolumeList: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var volumes: [VolumeInfo]
    @ZeroIfAbsent public var warnings: [String]

    public init(volumes: [VolumeInfo]) { self.volumes = volumes }

    enum CodingKeys: String, CodingKey { case volumes = "Volumes", warnings = "Warnings" }
}

/// What `POST /volumes/prune` answers.
public struct VolumesPruneReport: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var volumesDeleted: [String]
    /// Bytes.
    @ZeroIfAbsent public var spaceReclaimed: Int64

    public init(volumesDeleted: [String], spaceReclaimed: Int64) {
        self.volumesDeleted = volumesDeleted
        self.spaceReclaimed = spaceReclaimed
    }

    enum CodingKeys: String, CodingKey { case volumesDeleted = "VolumesDeleted", spaceReclaimed = "SpaceReclaimed" }
}
