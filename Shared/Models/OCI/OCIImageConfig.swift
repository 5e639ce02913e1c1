// How a container of an image is run, unless the user says otherwise.

/// The `config` object of an image's config. Names are those of the wire, which are Docker's.
public struct OCIImageConfig: Codable, Sendable, Equatable {
    public var user: String?
    /// `80/tcp` and the like.
    public var exposedPorts: [String: EmptyObject]?
    /// `NAME=value`.
    public var env: [String]?
    public var entrypoint: [String]?
    public var cmd: [String]?
    public var healthcheck: Healthcheck?
    public var volumes: [String: EmptyObject]?
    public var workingDir: String?
    public var labels: [String: String]?
    public var stopSignal: String?
    /// Seconds.
    public var stopTimeout: Int?
    public var onBuild: [String]?
    public var shell: [String]?
    public var argsEscaped: Bool?

    /// How the container's health is told.
    public struct Healthcheck: Codable, Sendable, Equatable {
        /// `["NONE"]`, `["CMD", argument…]` or `["CMD-SHELL", command]`; empty or nil inherits.
        public var test: [String]?
        /// Nanoseconds, as are the other durations; nil or 0 inherits.
        public var interval: Int64?
        public var timeout: Int64?
        public var startPeriod: Int64?
        public var startInterval: Int64?
        public var retries: Int?

        enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }

        public init(test: [String]? = nil) { self.test = test }
    }

    enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case env = "Env"
        case entrypoint = "Entrypoint"
        case cmd = "Cmd"
        case healthcheck = "Healthcheck"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case onBuild = "OnBuild"
        case shell = "Shell"
        case argsEscaped = "ArgsEscaped"
    }

    public init() {}
}
