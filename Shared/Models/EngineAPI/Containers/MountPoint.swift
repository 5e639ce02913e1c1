// A mount as inspect and list report it.

/// One entry of `Mounts` in inspect and list.
public struct MountPoint: Codable, Sendable, Equatable {
    @OmittedIfZero public var type: String
    /// The volume's name.
    @OmittedIfZero public var name: String
    /// The path on the host; empty for a tmpfs.
    @ZeroIfAbsent public var source: String
    @ZeroIfAbsent public var destination: String
    @OmittedIfZero public var driver: String
    @ZeroIfAbsent public var mode: String
    @ZeroIfAbsent public var rw: Bool
    @ZeroIfAbsent public var propagation: String

    public init() {}

    enum CodingKeys: String, CodingKey {
        case type = "Type", name = "Name", source = "Source", destination = "Destination", driver = "Driver", mode = "Mode", rw = "RW"
        case propagation = "Propagation"
    }
}
