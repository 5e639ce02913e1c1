// A device node as a device specification has it.

struct CDIDeviceNode: Sendable, Equatable {
    /// In the container.
    var path: String
    /// Empty for `path`.
    var hostPath = ""
    /// `b`, `c`, `u` (as `c`), `p`; empty for the host's.
    var type = ""
    /// 0 for the host's.
    var major: Int64 = 0
    var minor: Int64 = 0
    /// May have the bits of a file's type too.
    var fileMode: UInt32?
    /// Letters of `rwm`; empty for all of them; `none`.
    var permissions = ""
    var uid: UInt32?
    var gid: UInt32?

    static let noPermissions = "none"

    func validate() throws(CDIFault) {
        guard !path.isEmpty else { throw CDIFault("invalid (empty) device path") }
        guard ["", "b", "c", "u", "p"].contains(type) else { throw CDIFault("device \"\(path)\": invalid type \"\(type)\"") }
        let numbers = 0...Int64(UInt32.max)
        guard numbers.contains(major), numbers.contains(minor) else {
            throw CDIFault("device \"\(path)\": invalid (negative) device number \(major):\(minor)")
        }
        guard permissions == Self.noPermissions || permissions.allSatisfy({ "rwm".contains($0) }) else {
            throw CDIFault("device \"\(path)\": invalid permissions \"\(permissions)\"")
        }
    }
}

extension CDIDeviceNode: Decodable {
    private enum Field: String, CodingKey, CaseIterable {
        case path, hostPath, type, major, minor, fileMode, permissions, uid, gid
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Field.self)
        path = try fields.value(.path, or: "")
        hostPath = try fields.value(.hostPath, or: "")
        type = try fields.value(.type, or: "")
        major = try fields.value(.major, or: 0)
        minor = try fields.value(.minor, or: 0)
        fileMode = try fields.decodeIfPresent(UInt32.self, forKey: .fileMode)
        permissions = try fields.value(.permissions, or: "")
        uid = try fields.decodeIfPresent(UInt32.self, forKey: .uid)
        gid = try fields.decodeIfPresent(UInt32.self, forKey: .gid)
    }
}
