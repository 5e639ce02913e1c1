// A program of the host's that completes a container's file system.

/// What the OCI runtime specification calls a createContainer hook. It is run in the container's namespaces with the host's files as its
/// root, once the container's mounts are made and before its process is; it is told of the container on its standard input. A hook that
/// fails, or takes too long, fails the start.
public struct HookSpec: Codable, Sendable, Equatable {
    /// Absolute, on the host.
    public var path: String
    /// The arguments, beginning with the program's name; empty for `path` alone.
    public var arguments: [String]
    /// `KEY=value`; empty for a `PATH` alone.
    public var environment: [String]
    /// Seconds; nil for a minute.
    public var timeout: Int64?

    public init(path: String, arguments: [String] = [], environment: [String] = [], timeout: Int64? = nil) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.timeout = timeout
    }
}
