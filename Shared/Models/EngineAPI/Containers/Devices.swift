// Devices and block I/O limits within a host configuration.

/// A device of the host given to a container.
public struct DeviceMapping: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var pathOnHost: String
    @ZeroIfAbsent public var pathInContainer: String
    /// Letters of `rwm`.
    @ZeroIfAbsent public var cgroupPermissions: String

    public init(pathOnHost: String, pathInContainer: String, cgroupPermissions: String) {
        self.pathOnHost = pathOnHost
        self.pathInContainer = pathInContainer
        self.cgroupPermissions = cgroupPermissions
    }

    enum CodingKeys: String, CodingKey {
        case pathOnHost = "PathOnHost", pathInContainer = "PathInContainer", cgroupPermissions = "CgroupPermissions"
    }
}

/// Devices asked of a device driver (GPUs, CDI).
public struct DeviceRequest: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var driver: String
    /// -1 for all.
    @ZeroIfAbsent public var count: Int
    @NullIfAbsent public var deviceIDs: [String]?
    /// Alternatives, each a list of capabilities that are all needed.
    @NullIfAbsent public var capabilities: [[String]]?
    @NullIfAbsent public var options: [String: String]?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case driver = "Driver", count = "Count", deviceIDs = "DeviceIDs", capabilities = "Capabilities", options = "Options"
    }
}

/// The relative weight of a block device.
public struct WeightDevice: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var path: String
    @ZeroIfAbsent public var weight: UInt16

    public init(path: String, weight: UInt16) {
        self.path = path
        self.weight = weight
    }

    enum CodingKeys: String, CodingKey { case path = "Path", weight = "Weight" }
}

/// A limit for a block device, in bytes or operations a second.
public struct ThrottleDevice: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var path: String
    @ZeroIfAbsent public var rate: UInt64

    public init(path: String, rate: UInt64) {
        self.path = path
        self.rate = rate
    }

    enum CodingKeys: String, CodingKey { case path = "Path", rate = "Rate" }
}
