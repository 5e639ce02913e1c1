// `-v source:destination[:options]`.
import RPC

/// One entry of `HostConfig.Binds`.
struct BindSpecification: Equatable {
    static let propagations: Set<String> = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
    private static let accepted: Set<String> = ["ro", "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated"]

    /// An absolute host path.
    var source: String
    /// An absolute path in the container.
    var destination: String
    /// The options as given.
    var mode: String
    var readonly: Bool
    /// Empty when not given.
    var propagation: String

    /// Errors: `invalidParameter` in Docker's words; `notImplemented` for a named volume.
    init(_ text: String) throws(RPCError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { throw Self.invalid(text) }
        guard parts[0].hasPrefix("/") else {
            throw RPCError(
                .invalidParameter,
                "invalid volume specification: '\(text)': named volumes are not available yet; use an absolute host path")
        }
        guard parts[1].hasPrefix("/") else {
            throw RPCError(
                .invalidParameter,
                "invalid volume specification: '\(text)': invalid mount config for type \"bind\": invalid mount path: '\(parts[1])' "
                    + "mount path must be absolute")
        }
        source = PathText.clean(parts[0])
        destination = PathText.clean(parts[1])
        guard destination != "/" else {
            throw RPCError(
                .invalidParameter, "invalid volume specification: '\(text)': invalid specification: destination can't be '/'")
        }
        mode = parts.count == 3 ? parts[2] : ""
        (readonly, propagation) = try Self.parseMode(mode)
    }

    private static func parseMode(_ mode: String) throws(RPCError) -> (readonly: Bool, propagation: String) {
        var access: [String] = []
        var propagation: [String] = []
        var labels: [String] = []
        for option in mode.split(separator: ",").map(String.init) {
            guard accepted.contains(option) || propagations.contains(option) else {
                throw RPCError(.invalidParameter, "invalid mode: \(mode)")
            }
            if option == "ro" || option == "rw" { access.append(option) }
            if option == "z" || option == "Z" { labels.append(option) }
            if propagations.contains(option) { propagation.append(option) }
        }
        guard access.count <= 1, propagation.count <= 1, labels.count <= 1 else {
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

    /// How many directories deep a path is.
    static func depth(_ path: String) -> Int { path.split(separator: "/").count }
}
