// What the image service's flags set.

/// Settings with their defaults.
public struct ImageSettings: Sendable, Equatable {
    /// Decompressed bytes that one compressed byte may become, in archives larger than 256 MiB.
    public var maximumExpansionRatio: Int
    /// Bytes of one layer, decompressed.
    public var maximumLayerSize: Int64
    /// Bytes of one uploaded archive, decompressed.
    public var maximumArchiveSize: Int64
    /// Imports and loads that are worked on at once; more wait.
    public var concurrentIngests: Int
    /// How registries are reached.
    public var registry = RegistrySettings()

    public static let standard = ImageSettings(
        maximumExpansionRatio: 400, maximumLayerSize: 128 << 30, maximumArchiveSize: 512 << 30, concurrentIngests: 4)

    public init(maximumExpansionRatio: Int, maximumLayerSize: Int64, maximumArchiveSize: Int64, concurrentIngests: Int) {
        self.maximumExpansionRatio = maximumExpansionRatio
        self.maximumLayerSize = maximumLayerSize
        self.maximumArchiveSize = maximumArchiveSize
        self.concurrentIngests = concurrentIngests
    }

    var limits: IngestLimits {
        var limits = IngestLimits()
        limits.maximumExpansionRatio = maximumExpansionRatio
        limits.maximumLayerSize = maximumLayerSize
        limits.maximumArchiveSize = maximumArchiveSize
        return limits
    }
}
