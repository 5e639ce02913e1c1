// The container's own passwd and group files.

/// One line of a passwd file.
struct PasswdEntry: Equatable {
    let name: String
    let uid: UInt32
    let gid: UInt32
    let home: String
}

/// One line of a group file.
struct GroupEntry: Equatable {
    let name: String
    let gid: UInt32
    let members: [String]
}

/// Both files. Lines that are no entries are skipped.
struct AccountFiles: Equatable {
    var users: [PasswdEntry]
    var groups: [GroupEntry]

    init(passwd: [UInt8], group: [UInt8]) {
        users = Self.lines(passwd).compactMap { fields in
            guard fields.count >= 4, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else { return nil }
            return PasswdEntry(name: fields[0], uid: uid, gid: gid, home: fields.count > 5 ? fields[5] : "")
        }
        groups = Self.lines(group).compactMap { fields in
            guard fields.count >= 3, let gid = UInt32(fields[2]) else { return nil }
            let members = fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : []
            return GroupEntry(name: fields[0], gid: gid, members: members)
        }
    }

    private static func lines(_ content: [UInt8]) -> [[String]] {
        content.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.first != UInt8(ascii: "#") else { return nil }
            return line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
