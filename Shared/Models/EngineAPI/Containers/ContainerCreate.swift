// The body of create, and its answer.

/// What create is asked for: the configuration's fields at the top level, and two documents within.
public struct ContainerCreateRequest: Codable, Sendable, Equatable {
    /// nil when the body has none of the configuration's fields.
    public var config: ContainerConfig?
    public var hostConfig: HostConfig?
    public var networkingConfig: NetworkingConfig?

    public init(config: ContainerConfig?, hostConfig: HostConfig? = nil, networkingConfig: NetworkingConfig? = nil) {
        self.config = config
        self.hostConfig = hostConfig
        self.networkingConfig = networkingConfig
    }

    private enum CodingKeys: String, CodingKey { case hostConfig = "HostConfig", networkingConfig = "NetworkingConfig" }

    public init(from decoder: any Decoder) throws {
        let top = try decoder.container(keyedBy: ContainerConfig.CodingKeys.self)
        config = ContainerConfig.CodingKeys.allCases.contains(where: top.contains) ? try ContainerConfig(from: decoder) : nil
        let documents = try decoder.container(keyedBy: CodingKeys.self)
        hostConfig = try documents.decodeIfPresent(HostConfig.self, forKey: .hostConfig)
        networkingConfig = try documents.decodeIfPresent(NetworkingConfig.self, forKey: .networkingConfig)
    }

    public func encode(to encoder: any Encoder) throws {
        try config?.encode(to: encoder)
        var documents = encoder.container(keyedBy: CodingKeys.self)
        try documents.encodeIfPresent(hostConfig, forKey: .hostConfig)
        try documents.encodeIfPresent(networkingConfig, forKey: .networkingConfig)
    }
}

/// The answer to create.
public struct ContainerCreateResponse: Codable, Sendable, Equatable {
    public var id: String
    /// Never null on the wire.
    public var warnings: [String]

    public init(id: String, warnings: [String] = []) {
        self.id = id
        self.warnings = warnings
    }

    enum CodingKeys: String, CodingKey { case id = "Id", warnings = "Warnings" }
}
