// What a token is asked for.

/// Access to a repository, as token services write it: `repository:library/busybox:pull`.
struct RegistryScope: Sendable, Hashable, CustomStringConvertible {
    var repository: String
    /// `pull`, `push`.
    var actions: [String]

    static func pull(_ repository: String) -> RegistryScope { RegistryScope(repository: repository, actions: ["pull"]) }
    static func push(_ repository: String) -> RegistryScope { RegistryScope(repository: repository, actions: ["pull", "push"]) }

    var description: String { "repository:\(repository):\(actions.joined(separator: ","))" }
}
