// What everything takes on disk, as the Engine API shows it.

/// The answer to `GET /system/df`: the older shape, the newer one, or both, by the version asked for.
public struct DiskUsage: Codable, Sendable {
    /// One kind of object.
    public struct Kind<Item: Codable & Sendable>: Codable, Sendable {
        public var activeCount: Int
        public var totalCount: Int
        /// Bytes.
        public var reclaimable: Int64
        public var totalSize: Int64
        /// nil unless asked for.
        public var items: [Item]?

        public init(activeCount: Int, totalCount: Int, reclaimable: Int64, totalSize: Int64, items: [Item]?) {
            self.activeCount = activeCount
            self.totalCount = totalCount
            self.reclaimable = reclaimable
            self.totalSize = totalSize
            self.items = items
        }

        enum CodingKeys: String, CodingKey {
            case activeCount = "ActiveCount", totalCount = "TotalCount", reclaimable = "Reclaimable", totalSize = "TotalSize"
            case items = "Items"
        }
    }

    public var layersSize: Int64?
    public var images: [ImageSummary]?
    public var containers: [ContainerSummary]?
    public var volumes: [VolumeInfo]?
    public var buildCache: [EmptyObject]?
    public var imageUsage: Kind<ImageSummary>?
    public var containerUsage: Kind<ContainerSummary>?
    public var volumeUsage: Kind<VolumeInfo>?
    public var buildCacheUsage: Kind<EmptyObject>?
    /// Bytes of the image service's files by what they are for: this engine's own.
    public var bytes: [String: Int64]?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case layersSize = "LayersSize", images = "Images", containers = "Containers", volumes = "Volumes", buildCache = "BuildCache"
        case imageUsage = "ImageUsage", containerUsage = "ContainerUsage", volumeUsage = "VolumeUsage"
        case buildCacheUsage = "BuildCacheUsage", bytes = "BerthBytes"
    }
}
