// One entry of a tar, as libarchive read it.

/// What an entry says of itself. Its data follows separately.
struct TarEntry: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case file
        case directory
        case symbolicLink(target: RawPath)
        case hardLink(target: RawPath)
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
        case fifo
        case unknown
    }

    struct Attribute: Equatable, Sendable {
        var name: String
        var value: [UInt8]
    }

    var name: RawPath
    var kind: Kind
    /// Permissions, with set-user-ID, set-group-ID and sticky.
    var mode: UInt32
    var uid: UInt32
    var gid: UInt32
    /// Bytes of data, holes included.
    var size: Int64
    var modifiedSeconds: Int64
    var modifiedNanoseconds: Int64
    var attributes: [Attribute]
}
