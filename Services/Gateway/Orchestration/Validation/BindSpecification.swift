// `-v source:destination[:options]`.
import RPC

/// One entry of `HostConfig.Binds`.
struct BindSpecification: Equatable {
    static let propagations: Set<String> = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
    private static let accepted: Set<String> = ["ro", "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated"]

    /// An absolute host path, the name of a volume, or empty for an anonymous volume.
    var source: String
    /// An absolute path in the container.
    var destination: String
    /// The options as given; of `source:destination:` none.
    var mode: String
    var readonly: Bool
    /// Empty when not given.
    var propagation: String
    /// An empty volume gets what the image has there.
    var copies: Bool
    /// The option `idmap` as it was given; nil without.
    var idMapping: String?

    var isVolume: Bool { !source.hasPrefix("/") }

    /// Errors: `invalidParameter` in Docker's words.
    init(_ text: String) throws(RPCError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts.prefix(2).allSatisfy({ !$0.isEmpty }) else { throw Self.invalid(text) }
        let target = parts.count == 1 ? parts[0] : parts[1]
        let isVolume = parts.count == 1 || !parts[0].hasPrefix("/")
        // `/path:ro` is no volume: one without a name has no mode.
        if parts.count == 2, (try? Self.parseMode(parts[1])) != nil { throw Self.invalid(text) }
        guard target.hasPrefix("/") else {
            throw RPCError(
                .invalidParameter,
                "invalid volume specification: '\(text)': invalid mount config for type \"\(isVolume ? "volume" : "bind")\": "
                    + "invalid mount path: '\(target)' mount path must be absolute")
        }
        source = parts.count == 1 ? "" : isVolume ? parts[0] : PathText.clean(parts[0])
        destination = PathText.clean(target)
        guard destination != "/" else {
            throw RPCError(
                .invalidParameter, "invalid volume specification: '\(text)': invalid specification: destination can't be '/'")
        }
        mode = parts.count == 3 ? parts[2] : ""
        (readonly, propagation) = try Self.parseMode(mode)
        copies = !mode.split(separator: ",").contains("nocopy")
        idMapping = mode.split(separator: ",").first { $0.hasPrefix(IDMapOption.name) }.map(String.init)
    }

    private static func parseMode(_ mode: String) throws(RPCError) -> (readonly: Bool, propagation: String) {
        var access: [String] = []
        var propagation: [String] = []
        var labels: [String] = []
        var mappings: [String] = []
        for option in mode.split(separator: ",").map(String.init) {
            if try IDMapOption(option) != nil {
                mappings.append(option)
                continue
            }
            guard accepted.contains(option) || propagations.contains(option) else {
                throw RPCError(.invalidParameter, "invalid mode: \(mode)")
            }
            if option == "ro" || option == "rw" { access.append(option) }
            if option == "z" || option == "Z" { labels.append(option) }
            if propagations.contains(option) { propagation.append(option) }
        }
        guard access.count <= 1, propagation.count <= 1, labels.count <= 1, mappings.count <= 1 else {
            throw RPCError(.invalidParameter, "invalid mode: \(mode)")
        }
        return (access == ["ro"], propagation.first ?? "")
    }

    private static func invalid(_ text: String) -> RPCError {
        RPCError(.invalidParameter, "invalid volume specification: '\(text)'")
    }
}

/// Paths as text: nothing here touches a file.
enum PathText {
    /// Without `.`, `..`, doubled or trailing slashes, as Go's `path.Clean` makes it. Of an absolute path.
    static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// A relative path that doesn't climb out of where it begins; empty is one, too.
    static func isLocal(_ path: String) -> Bool {
        var depth = 0
        for part in path.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return false }
        }
        return !path.hasPrefix("/")
    }

    /// How many directories deep a path is.
    static func depth(_ path: String) -> Int { path.split(separator: "/").count }
}
