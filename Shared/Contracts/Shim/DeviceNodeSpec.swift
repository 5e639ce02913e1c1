// What a device node is like that was described, and isn't merely one like the host's.

/// A device node as a device specification has it. What isn't said of it is what the host's node is.
public struct DeviceNodeSpec: Codable, Sendable, Equatable {
    /// `b` or `c`; empty for what the host's node is. With it and `major`, there needn't be a node on the host.
    public var kind: String
    /// 0 for the numbers of the host's node, the minor's too.
    public var major: UInt32
    public var minor: UInt32
    /// Permission bits.
    public var mode: UInt32
    /// The owner, as the container numbers users and groups.
    public var uid: UInt32
    public var gid: UInt32

    public init(kind: String = "", major: UInt32 = 0, minor: UInt32 = 0, mode: UInt32 = 0o666, uid: UInt32 = 0, gid: UInt32 = 0) {
        self.kind = kind
        self.major = major
        self.minor = minor
        self.mode = mode
        self.uid = uid
        self.gid = gid
    }
}
