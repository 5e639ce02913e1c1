// The name of an image, as the user writes it and as registries know it.

/// `domain/path[:tag][@digest]`, normalised: `busybox` is `docker.io/library/busybox`.
public struct ImageReference: Sendable, Hashable {
    /// The registry: `docker.io`, `localhost:5000`, `[::1]:5000`.
    public var domain: String
    /// The repository within the registry: `library/busybox`.
    public var path: String
    public var tag: String?
    public var digest: ContentDigest?

    public static let defaultDomain = "docker.io"
    public static let legacyDefaultDomain = "index.docker.io"
    public static let defaultTag = "latest"
    static let officialPrefix = "library/"

    public init(domain: String, path: String, tag: String? = nil, digest: ContentDigest? = nil) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// The repository with its registry: `docker.io/library/busybox`.
    public var name: String { "\(domain)/\(path)" }

    /// The repository as Docker prints it: `busybox`, `user/app`, `localhost:5000/app`.
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return name }
        let isOfficial = path.hasPrefix(Self.officialPrefix) && !path.dropFirst(Self.officialPrefix.count).contains("/")
        return isOfficial ? String(path.dropFirst(Self.officialPrefix.count)) : path
    }

    /// All of it as Docker prints it: `busybox:latest`, `app@sha256:…`.
    public var familiar: String { familiarName + suffix }

    /// A reference as Docker prints it, in the words of `familiar`; what is no reference stays as it is.
    public static func familiarName(of reference: String) -> String { (try? ImageReference(parsing: reference).familiar) ?? reference }

    /// All of it with the registry: `docker.io/library/busybox:latest`.
    public var canonical: String { name + suffix }

    private var suffix: String {
        (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// With the default tag, if it has neither tag nor digest.
    public var tagged: ImageReference {
        guard tag == nil, digest == nil else { return self }
        var copy = self
        copy.tag = Self.defaultTag
        return copy
    }

    /// What the store knows it by: a digest, where there is one, says it all; otherwise the tag does.
    public var key: ImageReference {
        guard digest != nil else { return tagged }
        var copy = self
        copy.tag = nil
        return copy
    }
}
