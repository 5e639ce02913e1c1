// The config of an image that is made from a tar.
import FoundationEssentials
import Models

/// Makes an image's config as `docker import` does.
struct ImportedConfig: Sendable {
    static let defaultMessage = "Imported from -"

    var platform: OCIPlatform
    var config: OCIImageConfig
    var message: String
    /// Nanoseconds since 1970.
    var createdAt: Int64

    /// As JSON, the same bytes for the same values.
    func encode(diffID: ContentDigest) throws -> [UInt8] {
        let created = Timestamp.text(createdAt)
        var image = OCIImage()
        image.created = created
        image.os = platform.os
        image.architecture = platform.architecture
        image.variant = platform.variant
        image.comment = message
        image.config = config
        image.rootfs = .init(diffIDs: [diffID])
        image.history = [.init(created: created, comment: message)]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(image))
    }
}
