// An image's config (OCI image specification, config.md), with the fields that Docker adds.

/// What an image is and how it is run. Unknown fields are not modelled here: whoever stores a config stores its bytes.
public struct OCIImage: Codable, Sendable, Equatable {
    /// RFC 3339.
    public var created: String?
    public var author: String?
    public var architecture: String?
    public var variant: String?
    public var os: String?
    public var osVersion: String?
    public var osFeatures: [String]?
    public var config: OCIImageConfig?
    public var rootfs: RootFS?
    public var history: [History]?
    /// Docker's: what was said when it was made.
    public var comment: String?
    /// Docker's: the version of the engine that made it.
    public var dockerVersion: String?

    /// The layers by what they unpack to, lowest first.
    public struct RootFS: Codable, Sendable, Equatable {
        public var type: String
        public var diffIDs: [ContentDigest]

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }

        public init(diffIDs: [ContentDigest]) {
            type = "layers"
            self.diffIDs = diffIDs
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(String.self, forKey: .type)
            diffIDs = try container.decodeIfPresent([ContentDigest].self, forKey: .diffIDs) ?? []
        }
    }

    /// A step that the image was made by, oldest first.
    public struct History: Codable, Sendable, Equatable {
        public var created: String?
        public var author: String?
        public var createdBy: String?
        public var comment: String?
        public var emptyLayer: Bool?

        enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }

        public init(
            created: String? = nil, author: String? = nil, createdBy: String? = nil, comment: String? = nil, emptyLayer: Bool? = nil
        ) {
            self.created = created
            self.author = author
            self.createdBy = createdBy
            self.comment = comment
            self.emptyLayer = emptyLayer
        }
    }

    enum CodingKeys: String, CodingKey {
        case created, author, architecture, variant, os, config, rootfs, history, comment
        case osVersion = "os.version"
        case osFeatures = "os.features"
        case dockerVersion = "docker_version"
    }

    public init() {}

    /// What it runs on, where it says so.
    public var platform: OCIPlatform? {
        guard let os, let architecture else { return nil }
        return OCIPlatform(os: os, architecture: architecture, variant: variant)
    }
}
