// An image's configuration, in full and as older clients know it.

/// What an image sets for the containers made from it; empty fields are left out.
public struct ImageRunConfig: Codable, Sendable, Equatable {
    @OmittedIfZero public var user: String
    @OmittedIfZero public var exposedPorts: [String: EmptyObject]
    @OmittedIfZero public var env: [String]
    public var entrypoint: [String]?
    public var cmd: [String]?
    public var healthcheck: HealthConfig?
    @OmittedIfZero public var argsEscaped: Bool
    @OmittedIfZero public var volumes: [String: EmptyObject]
    @OmittedIfZero public var workingDir: String
    @OmittedIfZero public var labels: [String: String]
    @OmittedIfZero public var onBuild: [String]
    @OmittedIfZero public var stopSignal: String
    public var shell: [String]?

    /// What is written besides what is set.
    public var legacyFields = LegacyFields.none

    public init() {}

    enum CodingKeys: String, CodingKey {
        case user = "User", exposedPorts = "ExposedPorts", env = "Env", entrypoint = "Entrypoint", cmd = "Cmd"
        case healthcheck = "Healthcheck", argsEscaped = "ArgsEscaped", volumes = "Volumes", workingDir = "WorkingDir"
        case labels = "Labels", onBuild = "OnBuild", stopSignal = "StopSignal", shell = "Shell"
    }
}

extension ImageRunConfig {
    /// The fields that older clients get even when they are empty.
    public enum LegacyFields: Sendable, Equatable {
        case none
        /// 1.50 and 1.51: those that an image can have.
        case empty
        /// Before 1.50: those of a container too.
        case container
    }

    private enum ContainerKeys: String, CodingKey, CaseIterable {
        case attachStdin = "AttachStdin", attachStdout = "AttachStdout", attachStderr = "AttachStderr", tty = "Tty"
        case openStdin = "OpenStdin", stdinOnce = "StdinOnce", hostname = "Hostname", domainname = "Domainname", image = "Image"

        var isText: Bool { self == .hostname || self == .domainname || self == .image }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        let writesEmpty = legacyFields != .none
        try write(user, .user, writesEmpty, to: &fields)
        try fields.encode(_exposedPorts, forKey: .exposedPorts)
        try writeList(env.isEmpty ? nil : env, .env, writesEmpty, to: &fields)
        try writeList(entrypoint, .entrypoint, writesEmpty, to: &fields)
        try writeList(cmd, .cmd, writesEmpty, to: &fields)
        try fields.encodeIfPresent(healthcheck, forKey: .healthcheck)
        try fields.encode(_argsEscaped, forKey: .argsEscaped)
        try writeList(volumes.isEmpty ? nil : volumes, .volumes, writesEmpty, to: &fields)
        try write(workingDir, .workingDir, writesEmpty, to: &fields)
        try writeList(labels.isEmpty ? nil : labels, .labels, writesEmpty, to: &fields)
        try writeList(onBuild.isEmpty ? nil : onBuild, .onBuild, writesEmpty, to: &fields)
        try fields.encode(_stopSignal, forKey: .stopSignal)
        try fields.encodeIfPresent(shell, forKey: .shell)
        guard legacyFields == .container else { return }
        var others = encoder.container(keyedBy: ContainerKeys.self)
        for key in ContainerKeys.allCases {
            if key.isText { try others.encode("", forKey: key) } else { try others.encode(false, forKey: key) }
        }
    }

    private func write(
        _ text: String, _ key: CodingKeys, _ writesEmpty: Bool, to fields: inout KeyedEncodingContainer<CodingKeys>
    ) throws {
        if writesEmpty || !text.isEmpty { try fields.encode(text, forKey: key) }
    }

    private func writeList(
        _ list: (some Encodable)?, _ key: CodingKeys, _ writesEmpty: Bool, to fields: inout KeyedEncodingContainer<CodingKeys>
    ) throws {
        if let list { try fields.encode(list, forKey: key) } else if writesEmpty { try fields.encodeNil(forKey: key) }
    }
}
