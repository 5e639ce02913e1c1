// What image operations tell while they run and when they end.

/// One line of the progress stream of import, load and pull.
public struct ProgressMessage: Codable, Sendable, Equatable {
    public struct Detail: Codable, Sendable, Equatable {
        public var current: Int64?
        public var total: Int64?

        public init(current: Int64? = nil, total: Int64? = nil) {
            self.current = current
            self.total = total
        }
    }

    public struct Failure: Codable, Sendable, Equatable {
        public var message: String
        public init(message: String) { self.message = message }
    }

    public var stream: String?
    public var status: String?
    public var progressDetail: Detail?
    public var progress: String?
    public var id: String?
    /// Why the operation ended early, once the answer's status was sent.
    public var errorDetail: Failure?
    /// The same words as `errorDetail`, which older clients read.
    public var error: String?

    public init(
        stream: String? = nil, status: String? = nil, progressDetail: Detail? = nil, progress: String? = nil, id: String? = nil
    ) {
        self.stream = stream
        self.status = status
        self.progressDetail = progressDetail
        self.progress = progress
        self.id = id
    }

    /// What a push left in the registry.
    public struct Pushed: Codable, Sendable, Equatable {
        public var tag: String
        public var digest: String
        /// Bytes of the manifest.
        public var size: Int64

        private enum CodingKeys: String, CodingKey { case tag = "Tag", digest = "Digest", size = "Size" }

        public init(tag: String, digest: String, size: Int64) {
            self.tag = tag
            self.digest = digest
            self.size = size
        }
    }

    public var aux: Pushed?

    /// Docker's has an empty detail.
    public init(pushed: Pushed) {
        progressDetail = Detail()
        aux = pushed
    }

    public init(failure message: String) {
        errorDetail = Failure(message: message)
        error = message
    }
}

/// One step of the answer to remove.
public enum ImageDeleteItem: Sendable, Equatable {
    /// A reference that names nothing any more.
    case untagged(String)
    /// The ID of an image or layer that is gone.
    case deleted(String)
}

extension ImageDeleteItem: Codable {
    private enum CodingKeys: String, CodingKey { case untagged = "Untagged", deleted = "Deleted" }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let reference = try container.decodeIfPresent(String.self, forKey: .untagged) {
            self = .untagged(reference)
        } else {
            self = .deleted(try container.decode(String.self, forKey: .deleted))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .untagged(let reference): try container.encode(reference, forKey: .untagged)
        case .deleted(let id): try container.encode(id, forKey: .deleted)
        }
    }
}
