// The answer to version.

/// Which engine this is and what it speaks.
public struct SystemVersion: Codable, Sendable, Equatable {
    public struct Platform: Codable, Sendable, Equatable {
        public var name: String
        public init(name: String) { self.name = name }
        enum CodingKeys: String, CodingKey { case name = "Name" }
    }

    public struct Component: Codable, Sendable, Equatable {
        public var name: String
        public var version: String
        public var details: [String: String]

        public init(name: String, version: String, details: [String: String] = [:]) {
            self.name = name
            self.version = version
            self.details = details
        }

        enum CodingKeys: String, CodingKey { case name = "Name", version = "Version", details = "Details" }
    }

    public var platform: Platform
    public var components: [Component]
    public var version: String
    public var apiVersion: String
    public var minAPIVersion: String
    @ZeroIfAbsent public var gitCommit: String
    @ZeroIfAbsent public var goVersion: String
    /// `linux`.
    public var os: String
    /// As Go names it: `amd64`, `arm64`.
    public var arch: String
    public var kernelVersion: String
    @OmittedIfZero public var experimental: Bool
    @OmittedIfZero public var buildTime: String

    public init(
        platform: Platform, components: [Component], version: String, apiVersion: APIVersion = .newest,
        minAPIVersion: APIVersion = .oldest, os: String, arch: String, kernelVersion: String
    ) {
        self.platform = platform
        self.components = components
        self.version = version
        self.apiVersion = apiVersion.description
        self.minAPIVersion = minAPIVersion.description
        self.os = os
        self.arch = arch
        self.kernelVersion = kernelVersion
    }

    enum CodingKeys: String, CodingKey {
        case platform = "Platform", components = "Components", version = "Version", apiVersion = "ApiVersion"
        case minAPIVersion = "MinAPIVersion", gitCommit = "GitCommit", goVersion = "GoVersion", os = "Os", arch = "Arch"
        case kernelVersion = "KernelVersion", experimental = "Experimental", buildTime = "BuildTime"
    }
}
