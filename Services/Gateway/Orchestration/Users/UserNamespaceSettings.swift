// What the configuration says of user namespaces: the one that containers are in unless they ask for another, and where ranges come from.
import Contracts
import ServiceKit

/// Read once, at the start.
struct UserNamespaceSettings: Sendable, Equatable {
    /// The account files of a host, as text.
    struct Files: Sendable {
        var users = ""
        var groups = ""
        var subordinateUsers = ""
        var subordinateGroups = ""

        static func read() -> Files {
            Files(
                users: HostDescription.read("/etc/passwd") ?? "", groups: HostDescription.read("/etc/group") ?? "",
                subordinateUsers: HostDescription.read("/etc/subuid") ?? "", subordinateGroups: HostDescription.read("/etc/subgid") ?? "")
        }
    }

    /// dockerd's own user for this.
    static let standardUser = "dockremap"

    /// Of containers that ask for nothing; nil for the host's IDs.
    var remap: IDMap?
    /// Where containers get ranges of their own from.
    var pool: [IDRange] = []

    init(remap: IDMap? = nil, pool: [IDRange] = [IDRange(inside: 0, outside: 1_879_048_192, count: 268_435_456)]) {
        self.remap = remap
        self.pool = pool
    }

    /// Throws `ConfigurationError`.
    init(_ configuration: EngineConfiguration, _ files: Files) throws {
        if !configuration.usersRemap.isEmpty { remap = try Self.map(configuration.usersRemap, files) }
        pool = try Self.pool(configuration.usersPool, files)
    }

    // MARK: Remapping

    /// `default`, `user` or `user:group`, each a name or a number, by dockerd's rules.
    private static func map(_ text: String, _ files: Files) throws -> IDMap {
        let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(words.count), words.allSatisfy({ !$0.isEmpty }) else {
            throw ConfigurationError("key 'userns-remap': invalid user/group specification: \"\(text)\"")
        }
        let user = try account(words[0], in: files.users, "user")
        let group = words.count == 2 ? try account(words[1], in: files.groups, "group") : try groupLike(user, files)
        guard user.id != 0 else { throw ConfigurationError("key 'userns-remap': root can't be remapped to itself") }
        return IDMap(
            users: try ranges(of: user, files.subordinateUsers, "subuid", "user"),
            groups: try ranges(of: group, files.subordinateGroups, "subgid", "group"))
    }

    private static func account(_ wanted: String, in text: String, _ kind: String) throws -> Account {
        let name = wanted == "default" ? standardUser : wanted
        guard let account = Account.find(name, in: text) else {
            throw ConfigurationError("key 'userns-remap': there is no \(kind) \"\(name)\" on this host; make it")
        }
        return account
    }

    /// The group with the user's name. Without one, the ranges are looked up by that name alone.
    private static func groupLike(_ user: Account, _ files: Files) throws -> Account {
        Account.find(user.name, in: files.groups) ?? user
    }

    private static func ranges(of account: Account, _ text: String, _ file: String, _ kind: String) throws -> [IDRange] {
        let ranges = SubordinateIDs(text).ranges(of: account)
        guard !ranges.isEmpty else {
            throw ConfigurationError("key 'userns-remap': no \(file) ranges found for \(kind) \"\(account.name)\"; add one to /etc/\(file)")
        }
        return ranges
    }

    // MARK: The pool

    /// `first:count`, or a user whose subordinate IDs are the pool, as far as they are the same for users and groups.
    private static func pool(_ text: String, _ files: Files) throws -> [IDRange] {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        if words.count == 2, let first = UInt32(words[0]), let count = UInt32(words[1]), first > 0, count > 0, first <= .max - count {
            return [IDRange(inside: 0, outside: first, count: count)]
        }
        guard words.count == 1, !text.isEmpty else {
            throw ConfigurationError("key 'userns-pool' must be first:count, or a user with ranges in /etc/subuid, not '\(text)'")
        }
        let account = Account.find(text, in: files.users) ?? Account(name: text, id: .max)
        let users = SubordinateIDs(files.subordinateUsers).ranges(of: account)
        let groups = SubordinateIDs(files.subordinateGroups).ranges(of: account)
        let common = users.flatMap { user in groups.compactMap { overlap(user, $0) } }
        guard !common.isEmpty else {
            throw ConfigurationError("key 'userns-pool': user \"\(text)\" has no IDs that are both in /etc/subuid and in /etc/subgid")
        }
        return common
    }

    private static func overlap(_ first: IDRange, _ second: IDRange) -> IDRange? {
        let low = max(first.outside, second.outside)
        let high = min(first.outside + first.count, second.outside + second.count)
        return low < high ? IDRange(inside: 0, outside: low, count: high - low) : nil
    }
}
