// A user as an exec found it, with what must not have changed for the next one to take it on trust.
import CLinux
import Glibc

/// What a user is resolved from.
struct UserRequest: Hashable {
    let user: String
    let additionalGroups: [String]
}

struct ResolvedUser: Equatable {
    let user: ProcessUser
    let passwd: FileMark
    let group: FileMark
}

/// Which file it is, and since when it has been as it is.
struct FileMark: Equatable {
    static let size = MemoryLayout<clinux_file_mark>.size
    /// A file that changed later than this may change again without a trace.
    private static let settlingSeconds: Int64 = 2

    let bytes: [UInt8]

    /// nil where the file can't be looked at, and when it has just been written.
    init?(settled path: String) {
        var mark = clinux_file_mark()
        guard clinux_mark_file(path, &mark) == 0 else { return nil }
        guard WallClock.nanoseconds / 1_000_000_000 - mark.changed_seconds > Self.settlingSeconds else { return nil }
        bytes = withUnsafeBytes(of: mark) { Array($0) }
    }

    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    var raw: clinux_file_mark { bytes.withUnsafeBytes { $0.loadUnaligned(as: clinux_file_mark.self) } }
}

extension ResolvedUser {
    private static let longestList = 512
    private static let longestHome = 1024

    /// As one message; nil when it doesn't fit in.
    var bytes: [UInt8]? {
        guard user.groups.count <= Self.longestList, user.home.utf8.count <= Self.longestHome else { return nil }
        let numbers = ([user.uid, user.gid, UInt32(user.groups.count)] + user.groups).flatMap { withUnsafeBytes(of: $0) { Array($0) } }
        return passwd.bytes + group.bytes + numbers + Array(user.home.utf8)
    }

    init?(_ bytes: ArraySlice<UInt8>) {
        let (first, rest) = (bytes.prefix(FileMark.size), bytes.dropFirst(FileMark.size))
        guard let passwd = FileMark(first), let group = FileMark(rest.prefix(FileMark.size)) else { return nil }
        var tail = rest.dropFirst(FileMark.size)
        func number() -> UInt32? {
            guard tail.count >= 4 else { return nil }
            defer { tail = tail.dropFirst(4) }
            return tail.prefix(4).withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        }
        guard let uid = number(), let gid = number(), let count = number(), count <= Self.longestList else { return nil }
        var groups: [UInt32] = []
        for _ in 0..<count {
            guard let group = number() else { return nil }
            groups.append(group)
        }
        user = ProcessUser(uid: uid, gid: gid, groups: groups, home: String(decoding: tail, as: UTF8.self))
        (self.passwd, self.group) = (passwd, group)
    }
}
