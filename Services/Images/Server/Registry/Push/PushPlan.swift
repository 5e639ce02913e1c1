// What is to be sent: a manifest, and the blobs it names.
import FoundationEssentials
import Models

/// A blob on its way to a registry.
struct PushedBlob: Sendable, Equatable {
    var descriptor: OCIDescriptor
    /// Where its bytes are.
    var path: String
    /// What progress calls it.
    var name: String
}

/// One image as its registry will have it.
struct PushPlan: Sendable, Equatable {
    /// Lowest first.
    var layers: [PushedBlob]
    var config: OCIDescriptor
    var configBytes: [UInt8]
    var manifest: [UInt8]
    var mediaType: String

    var digest: ContentDigest { ContentDigest(of: manifest) }

    /// For an image that came with a manifest: nothing changes on the way, provided that the registry has, or gets, the layers that aren't
    /// here as the manifest names them (`absent`). nil for other images.
    static func preserving(_ image: ImageRow, _ catalog: Catalog, _ paths: StorePaths) -> (plan: PushPlan, absent: [PulledLayer])? {
        guard !image.manifest.isEmpty,
            let manifest = try? JSONDecoder().decode(OCIManifest.self, from: Data(image.manifest)), manifest.config.digest == image.id
        else { return nil }
        let blobs = manifest.layers.compactMap { layer in catalog.blobs[layer.digest].map { (layer, $0) } }
        let plan = PushPlan(
            layers: blobs.map { PushedBlob(descriptor: $0, path: paths.blob($0.digest.hex), name: $1.diffID.short) },
            config: manifest.config, configBytes: image.config, manifest: image.manifest,
            mediaType: ManifestKind.mediaType(header: OCIMediaType.manifest, image.manifest))
        let config = try? JSONDecoder().decode(OCIImage.self, from: Data(image.config))
        guard let config, let all = try? PulledLayer.all(manifest, config) else { return nil }
        return (plan, all.filter { catalog.blobs[$0.descriptor.digest] == nil })
    }

    /// For an image without: Docker's manifest, or OCI's where a layer needs it. The same layers make the same bytes.
    static func making(_ image: ImageRow, layers: [PushedBlob]) throws -> PushPlan {
        let isDocker = layers.allSatisfy { $0.descriptor.mediaType != OCIMediaType.layerZstd }
        var layers = layers
        if isDocker { for index in layers.indices { layers[index].descriptor.mediaType = OCIMediaType.dockerLayerGzip } }
        let config = OCIDescriptor(
            mediaType: isDocker ? OCIMediaType.dockerConfig : OCIMediaType.config, digest: image.id, size: Int64(image.config.count))
        let mediaType = isDocker ? OCIMediaType.dockerManifest : OCIMediaType.manifest
        let descriptors = layers.map(\.descriptor)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let manifest =
            isDocker
            ? DockerManifestText.bytes(config: config, layers: descriptors)
            : Array(try encoder.encode(OCIManifest(mediaType: mediaType, config: config, layers: descriptors)))
        return PushPlan(layers: layers, config: config, configBytes: image.config, manifest: manifest, mediaType: mediaType)
    }
}
