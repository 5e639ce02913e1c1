// A mount as create asks for it (`HostConfig.Mounts`).

/// One entry of `Mounts`. Options belong to a type; those of another type are an error from 1.42.
public struct MountRequest: Codable, Sendable, Equatable {
    /// `bind`, `volume`, `tmpfs`, `image`, `npipe` or `cluster`.
    @OmittedIfZero public var type: String
    @OmittedIfZero public var source: String
    @OmittedIfZero public var target: String
    @OmittedIfZero public var readOnly: Bool
    @OmittedIfZero public var consistency: String
    public var bindOptions: BindOptions?
    public var volumeOptions: VolumeOptions?
    public var imageOptions: ImageOptions?
    public var tmpfsOptions: TmpfsOptions?
    public var clusterOptions: EmptyObject?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case type = "Type", source = "Source", target = "Target", readOnly = "ReadOnly", consistency = "Consistency"
        case bindOptions = "BindOptions", volumeOptions = "VolumeOptions", imageOptions = "ImageOptions"
        case tmpfsOptions = "TmpfsOptions", clusterOptions = "ClusterOptions"
    }
}

extension MountRequest {
    public struct BindOptions: Codable, Sendable, Equatable {
        @OmittedIfZero public var propagation: String
        @OmittedIfZero public var nonRecursive: Bool
        @OmittedIfZero public var createMountpoint: Bool
        @OmittedIfZero public var readOnlyNonRecursive: Bool
        @OmittedIfZero public var readOnlyForceRecursive: Bool

        public init() {}

        enum CodingKeys: String, CodingKey {
            case propagation = "Propagation", nonRecursive = "NonRecursive", createMountpoint = "CreateMountpoint"
            case readOnlyNonRecursive = "ReadOnlyNonRecursive", readOnlyForceRecursive = "ReadOnlyForceRecursive"
        }
    }

    public struct VolumeOptions: Codable, Sendable, Equatable {
        @OmittedIfZero public var noCopy: Bool
        @OmittedIfZero public var labels: [String: String]
        @OmittedIfZero public var subpath: String
        public var driverConfig: DriverConfig?

        public init() {}

        enum CodingKeys: String, CodingKey {
            case noCopy = "NoCopy", labels = "Labels", subpath = "Subpath", driverConfig = "DriverConfig"
        }
    }

    public struct DriverConfig: Codable, Sendable, Equatable {
        @OmittedIfZero public var name: String
        @OmittedIfZero public var options: [String: String]

        public init() {}

        enum CodingKeys: String, CodingKey { case name = "Name", options = "Options" }
    }

    public struct ImageOptions: Codable, Sendable, Equatable {
        @OmittedIfZero public var subpath: String

        public init() {}

        enum CodingKeys: String, CodingKey { case subpath = "Subpath" }
    }

    public struct TmpfsOptions: Codable, Sendable, Equatable {
        /// Bytes; 0 for the kernel's default.
        @OmittedIfZero public var sizeBytes: Int64
        /// Permission bits.
        @OmittedIfZero public var mode: Int
        /// Flags as one word, others as key and value.
        @OmittedIfZero public var options: [[String]]

        public init() {}

        enum CodingKeys: String, CodingKey { case sizeBytes = "SizeBytes", mode = "Mode", options = "Options" }
    }
}
