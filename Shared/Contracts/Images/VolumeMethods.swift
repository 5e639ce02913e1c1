// The methods of the image service that are about volumes.
import RPC

/// A volume: a directory that outlives the containers that use it.
public struct VolumeRecord: Codable, Sendable, Equatable {
    /// Containers whose image or user named a path without a volume get one with this label.
    public static let anonymousLabel = "com.docker.volume.anonymous"
    public static let localDriver = "local"

    public var name: String
    public var driver: String
    /// The directory on the host.
    public var mountpoint: String
    public var labels: [String: String]
    /// What the driver was told: `type`, `o` and `device` of a mount; empty for a plain directory.
    public var options: [String: String]
    /// Nanoseconds since 1970.
    public var createdAt: Int64

    public init(name: String, driver: String, mountpoint: String, labels: [String: String], options: [String: String], createdAt: Int64) {
        self.name = name
        self.driver = driver
        self.mountpoint = mountpoint
        self.labels = labels
        self.options = options
        self.createdAt = createdAt
    }

    public var isAnonymous: Bool { labels[Self.anonymousLabel] != nil }
    /// Whether the volume has to be mounted before its directory shows anything.
    public var needsMount: Bool { !options.isEmpty }
}

/// Makes a volume, or gives the one that has the name. Errors: `invalidParameter` for name or options; notFound for a driver that isn't
/// there; conflict when a volume of another driver has the name.
public enum CreateVolume: RPCMethod {
    public static let name = "images.volume.create"
    public struct Request: Codable, Sendable, Equatable {
        /// Empty for a name of 64 hexadecimal digits and the label of anonymous volumes.
        public var name: String
        /// Empty for `local`.
        public var driver: String
        public var options: [String: String]
        public var labels: [String: String]
        public init(name: String, driver: String = "", options: [String: String] = [:], labels: [String: String] = [:]) {
            self.name = name
            self.driver = driver
            self.options = options
            self.labels = labels
        }
    }
    public struct Response: Codable, Sendable {
        public var volume: VolumeRecord
        /// False when it was there already.
        public var isNew: Bool
        public init(volume: VolumeRecord, isNew: Bool) {
            self.volume = volume
            self.isNew = isNew
        }
    }
}

/// Every volume, by name.
public enum ListVolumes: RPCMethod {
    public static let name = "images.volume.list"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var volumes: [VolumeRecord]
        public init(volumes: [VolumeRecord]) { self.volumes = volumes }
    }
}

/// Removes a volume with all that is in it. Whether a container uses it is the caller's to know.
/// Errors: notFound; conflict while it is mounted for a container.
public enum RemoveVolume: RPCMethod {
    public static let name = "images.volume.remove"
    public struct Request: Codable, Sendable {
        public var name: String
        public init(name: String) { self.name = name }
    }
    public typealias Response = RPCNothing
}

/// Bytes of volumes. One that is mounted from elsewhere has none of its own: -1. Volumes that are gone aren't in the answer.
public enum MeasureVolumes: RPCMethod {
    public static let name = "images.volume.measure"
    public struct Request: Codable, Sendable {
        public var names: [String]
        public init(names: [String]) { self.names = names }
    }
    public struct Response: Codable, Sendable {
        public var sizes: [String: Int64]
        public init(sizes: [String: Int64]) { self.sizes = sizes }
    }
}

/// Copies what a container's image has at a path into an empty volume. Does nothing when the volume isn't empty or the image has nothing
/// there. Errors: notFound; `invalidParameter` when the image has a file there.
public enum FillVolume: RPCMethod {
    public static let name = "images.volume.fill"
    public struct Request: Codable, Sendable {
        public var volume: String
        /// Whose snapshot is looked at.
        public var containerID: String
        /// Absolute, in the container.
        public var path: String
        /// False only checks that the path can be mounted over.
        public var copies: Bool
        public init(volume: String, containerID: String, path: String, copies: Bool) {
            self.volume = volume
            self.containerID = containerID
            self.path = path
            self.copies = copies
        }
    }
    public typealias Response = RPCNothing
}

/// Mounts a volume that has options, for a container that is about to run. The first use mounts it. Idempotent.
/// Errors: notFound; what mount(2) says, in Docker's words.
public enum MountVolume: RPCMethod {
    public static let name = "images.volume.mount"
    public struct Request: Codable, Sendable {
        public var volume: String
        public var containerID: String
        public init(volume: String, containerID: String) {
            self.volume = volume
            self.containerID = containerID
        }
    }
    public typealias Response = RPCNothing
}

/// Ends all that is mounted for a container; the last use unmounts. Succeeds when there is nothing.
public enum UnmountVolumes: RPCMethod {
    public static let name = "images.volume.unmount"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public init(containerID: String) { self.containerID = containerID }
    }
    public typealias Response = RPCNothing
}

/// The containers that volumes are mounted for: what the gateway converges with after a crash.
public enum ListVolumeMounts: RPCMethod {
    public static let name = "images.volume.mounts"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var containerIDs: [String]
        public init(containerIDs: [String]) { self.containerIDs = containerIDs }
    }
}
