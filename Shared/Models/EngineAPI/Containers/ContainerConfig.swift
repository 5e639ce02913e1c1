// The part of a container's configuration that could move to another host.

/// `Config` of create and inspect. nil and empty differ where Docker tells `null` and `[]` apart.
public struct ContainerConfig: Codable, Sendable, Equatable {
    @ZeroIfAbsent public var hostname: String
    @ZeroIfAbsent public var domainname: String
    /// `user[:group]`, each a name or a number.
    @ZeroIfAbsent public var user: String
    @ZeroIfAbsent public var attachStdin: Bool
    @ZeroIfAbsent public var attachStdout: Bool
    @ZeroIfAbsent public var attachStderr: Bool
    /// Keys are `port/transport`, or a port alone for TCP, or a range.
    @OmittedIfZero public var exposedPorts: [String: EmptyObject]
    @ZeroIfAbsent public var tty: Bool
    @ZeroIfAbsent public var openStdin: Bool
    @ZeroIfAbsent public var stdinOnce: Bool
    /// `NAME=value`; a `NAME` alone unsets what the image has.
    @NullIfAbsent public var env: [String]?
    /// nil takes the image's, as long as `entrypoint` is nil too.
    @StringOrList public var cmd: [String]?
    public var healthcheck: HealthConfig?
    @OmittedIfZero public var argsEscaped: Bool
    @ZeroIfAbsent public var image: String
    /// Keys are paths in the container that get an anonymous volume.
    @NullIfAbsent public var volumes: [String: EmptyObject]?
    @ZeroIfAbsent public var workingDir: String
    /// nil takes the image's; `[]` and `[""]` mean none.
    @StringOrList public var entrypoint: [String]?
    @OmittedIfZero public var networkDisabled: Bool
    /// Before 1.44; later an endpoint has it.
    @OmittedIfZero public var macAddress: String
    @NullIfAbsent public var onBuild: [String]?
    @NullIfAbsent public var labels: [String: String]?
    /// A name with or without `SIG`, or a number.
    @OmittedIfZero public var stopSignal: String
    /// Seconds; -1 waits for ever; nil is the engine's default.
    public var stopTimeout: Int?
    public var shell: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case hostname = "Hostname", domainname = "Domainname", user = "User"
        case attachStdin = "AttachStdin", attachStdout = "AttachStdout", attachStderr = "AttachStderr"
        case exposedPorts = "ExposedPorts", tty = "Tty", openStdin = "OpenStdin", stdinOnce = "StdinOnce"
        case env = "Env", cmd = "Cmd", healthcheck = "Healthcheck", argsEscaped = "ArgsEscaped", image = "Image"
        case volumes = "Volumes", workingDir = "WorkingDir", entrypoint = "Entrypoint", networkDisabled = "NetworkDisabled"
        case macAddress = "MacAddress", onBuild = "OnBuild", labels = "Labels"
        case stopSignal = "StopSignal", stopTimeout = "StopTimeout", shell = "Shell"
    }
}

extension ContainerConfig {
    /// A label with the value that `HostConfig.UsernsMode` would have, for clients that let nothing but `host` pass.
    public static let userNamespaceLabel = "berth.userns"
}
