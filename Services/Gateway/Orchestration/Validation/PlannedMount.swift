// A mount as it was asked for, before its volume is made.
import Contracts
import Models
import RPC

/// What is to be mounted where.
struct PlannedMount: Sendable, Equatable {
    /// Without a source while there is a volume to make.
    var spec: MountSpec
    /// nil for what inspect doesn't list.
    var point: MountPoint?
    var volume: PlannedVolume?
    /// The image whose files are mounted: as its user names it, or its ID when another container has it mounted.
    var image: String?
    /// The option `idmap` as it was given; nil without.
    var idMapping: String?

    /// The name of a volume that is made for the one container.
    var ownVolume: String? {
        guard let volume, volume.isAnonymous, !volume.isInherited else { return nil }
        return volume.name
    }

    /// - Parameter type: empty for what inspect doesn't list.
    init(_ spec: MountSpec, type: String, mode: String, volume: PlannedVolume? = nil) {
        self.spec = spec
        self.volume = volume
        guard !type.isEmpty else { return }
        var point = MountPoint()
        point.type = type
        point.source = spec.source
        point.destination = spec.destination
        point.mode = mode
        point.rw = !spec.readonly
        point.propagation = type == "bind" ? spec.propagation : ""
        self.point = point
    }
}

/// The volume behind a mount.
struct PlannedVolume: Sendable, Equatable {
    /// What happens with what the image has at the place.
    enum Fill: Sendable, Equatable {
        /// It isn't looked at.
        case none
        /// It must not be a file.
        case check
        /// It is copied into the volume if that is empty.
        case copy
    }

    var name: String
    /// Empty for the default.
    var driver = ""
    var options: [String: String] = [:]
    var labels: [String: String] = [:]
    var fill = Fill.copy
    /// Nobody named it.
    var isAnonymous = false
    /// Another container's.
    var isInherited = false

    /// A volume without a name of the user's.
    static func anonymous(driver: String = "") -> PlannedVolume {
        PlannedVolume(name: RandomID.make(), driver: driver, labels: [VolumeRecord.anonymousLabel: ""], isAnonymous: true)
    }
}
