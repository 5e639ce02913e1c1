// The container's own passwd and group files, which anybody in it may have written.
import CLinux
import Glibc
import Linux

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

    /// Of a passwd file; a group file has fewer.
    private static let fields = 7

    private static func lines(_ content: [UInt8]) -> [[String]] {
        content.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.first != UInt8(ascii: "#") else { return nil }
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: fields - 1, omittingEmptySubsequences: false)
            return parts.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Bounds what it costs to look a user up.
    private static let limit = 1 << 20

    /// The content of one of them; nothing of one that isn't there or is no file. Never waits for a writer, as of a FIFO.
    /// Errors: it is larger than 1 MiB.
    static func read(_ path: String) throws(RuntimeFailure) -> [UInt8] {
        do throws(Errno) {
            let opened = clinux_open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
            guard opened >= 0 else { return [] }
            let descriptor = OwnedDescriptor(taking: opened)
            var file = clinux_file()
            guard clinux_stat_descriptor(descriptor.raw, &file) == 0, file.kind == Int32(CLINUX_KIND_REGULAR) else { return [] }
            return try SmallFile.read(descriptor, limit: limit, name: path)
        } catch {
            guard error.code == EFBIG else { return [] }
            throw RuntimeFailure(step: "user", errno: EFBIG, message: "the container's \(path) is larger than \(limit >> 20) MiB")
        }
    }
}
