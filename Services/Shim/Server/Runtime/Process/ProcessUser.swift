// Whom a process runs as, looked up in the container's own files by Docker's rules.
import Contracts

struct ProcessUser: Equatable {
    var uid: UInt32
    var gid: UInt32
    /// With the primary group first, none twice.
    var groups: [UInt32]
    /// `/` when the files name none.
    var home: String

    struct Failure: Error, Equatable { let message: String }

    private static let range: ClosedRange<Int64> = 0...0x7fff_ffff

    /// `specification` is `name|uid[:name|gid]`; empty is root.
    static func resolve(_ specification: String, additionalGroups: [String], in files: AccountFiles) throws(Failure) -> ProcessUser {
        let parts = specification.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let wanted = parts[0]
        let entry = files.users.first { wanted.isEmpty ? $0.uid == 0 : $0.name == wanted || String($0.uid) == wanted }
        let uid = if let entry { entry.uid } else { wanted.isEmpty ? 0 : try number(wanted, orUnknown: "user", file: "passwd") }

        let gid: UInt32
        var others: [UInt32] = []
        if parts.count > 1, !parts[1].isEmpty {
            gid = try group(parts[1], in: files)
        } else {
            gid = entry?.gid ?? 0
            others = files.groups.filter { group in entry.map { group.members.contains($0.name) } ?? false }.map(\.gid)
        }
        for name in additionalGroups { others.append(try group(name, in: files)) }

        let home = entry?.home ?? ""
        let user = ProcessUser(uid: uid, gid: gid, groups: distinct([gid] + others), home: home.isEmpty ? "/" : home)
        // The files have numbers too. The greatest of all would leave root what it is.
        for id in [uid] + user.groups where !range.contains(Int64(id)) { throw outOfRange }
        return user
    }

    private static var outOfRange: Failure { Failure(message: "uids and gids must be in range 0-2147483647") }

    private static func group(_ wanted: String, in files: AccountFiles) throws(Failure) -> UInt32 {
        if let entry = files.groups.first(where: { $0.name == wanted || String($0.gid) == wanted }) { return entry.gid }
        return try number(wanted, orUnknown: "group", file: "group")
    }

    private static func number(_ text: String, orUnknown kind: String, file: String) throws(Failure) -> UInt32 {
        guard let number = Int64(text) else {
            throw Failure(message: "unable to find \(kind) \(text): no matching entries in \(file) file")
        }
        guard range.contains(number) else { throw outOfRange }
        return UInt32(number)
    }

    /// Throws for an ID that there isn't in the container's user namespace.
    func check(_ map: IDMap) throws(Failure) {
        if map.users.outside(of: uid) == nil {
            throw Failure(message: "user \(uid) is not mapped in the container's user namespace")
        }
        if let group = groups.first(where: { map.groups.outside(of: $0) == nil }) {
            throw Failure(message: "group \(group) is not mapped in the container's user namespace")
        }
    }

    private static func distinct(_ groups: [UInt32]) -> [UInt32] {
        var seen = Set<UInt32>()
        return groups.filter { seen.insert($0).inserted }
    }
}
