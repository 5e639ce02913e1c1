// The option `idmap` of a bind: whose the files are in the container, and whom new files belong to on the host.
import Contracts
import RPC

/// `idmap`, or `idmap=uids=…;gids=…` with ranges `file-host-count` joined by `#`: files of `file` in the file system are shown as those
/// of `host`. With `@` in front, `host` is an ID in the container.
struct IDMapOption: Codable, Sendable, Equatable {
    struct Part: Codable, Sendable, Equatable {
        var range: IDRange
        var isRelative: Bool
    }

    /// nil for those of the container.
    var users: [Part]?
    var groups: [Part]?

    static let name = "idmap"

    /// nil for text that is another option. Errors: `invalidParameter`.
    init?(_ text: String) throws(RPCError) {
        guard text == Self.name || text.hasPrefix(Self.name + "=") else { return nil }
        for field in text.dropFirst(Self.name.count + 1).split(separator: ";") {
            let words = field.split(separator: "=", maxSplits: 1).map(String.init)
            let parts = words.count == 2 ? words[1].split(separator: "#").map { Self.part(String($0)) } : []
            guard !parts.isEmpty, !parts.contains(nil), ["uids", "gids"].contains(words[0]) else { throw Self.invalid(text) }
            if words[0] == "uids" { users = parts.compactMap(\.self) } else { groups = parts.compactMap(\.self) }
        }
        if text != Self.name, users == nil, groups == nil { throw Self.invalid(text) }
    }

    private static func invalid(_ text: String) -> RPCError {
        RPCError(.invalidParameter, "invalid mode: \(text): it is written idmap, or idmap=uids=FILE-HOST-COUNT;gids=FILE-HOST-COUNT")
    }

    private static func part(_ text: String) -> Part? {
        let isRelative = text.hasPrefix("@")
        let numbers = text.drop { $0 == "@" }.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
        guard numbers.count == 3, let file = numbers[0], let host = numbers[1], let count = numbers[2], count > 0,
            file <= .max - count, host <= .max - count
        else { return nil }
        return Part(range: IDRange(inside: file, outside: host, count: count), isRelative: isRelative)
    }

    /// - Parameter container: the container's own IDs; nil for the host's.
    /// Errors: `invalidParameter` for IDs that the container doesn't have.
    func map(in container: IDMap?) throws(RPCError) -> IDMap {
        guard container != nil || users != nil || groups != nil else {
            throw RPCError(
                .invalidParameter,
                "option idmap alone needs a container with a user namespace of its own; say which owners: idmap=uids=…;gids=…")
        }
        let all = [IDRange(inside: 0, outside: 0, count: .max)]
        return IDMap(
            users: try Self.ranges(users, container?.users ?? all), groups: try Self.ranges(groups, container?.groups ?? all))
    }

    private static func ranges(_ parts: [Part]?, _ container: [IDRange]) throws(RPCError) -> [IDRange] {
        guard let parts else { return container }
        var ranges: [IDRange] = []
        for part in parts {
            var range = part.range
            if part.isRelative {
                let (first, last) = (container.outside(of: range.outside), container.outside(of: range.outside + range.count - 1))
                guard let first, let last, last >= first, last - first == range.count - 1 else {
                    throw RPCError(
                        .invalidParameter, "option idmap: the container has no IDs @\(range.outside) to \(range.outside + range.count - 1)")
                }
                range.outside = first
            }
            ranges.append(range)
        }
        return ranges
    }
}
