// The OCI image layout: index.json names manifests, directly or through further indexes.
import Models

struct OCILayout {
    let plan: LoadPlan

    private static let maximumIndexDepth = 4

    /// One image for each name, of the platform that suits best; and each image without a name that suits.
    func images(_ index: [UInt8]) throws -> [PlannedImage] {
        let marker = try plan.documents.required(OCILayoutMarker.self, "oci-layout").document
        guard marker.imageLayoutVersion.hasPrefix("1.") else {
            throw ArchiveError("OCI layout version \(marker.imageLayoutVersion) is not supported")
        }
        let entries = try plan.documents.decode(OCIIndex.self, index, name: "index.json").manifests
        var images: [PlannedImage] = []
        for group in Self.groups(entries) {
            guard let manifest = try choose(group, depth: 1) else { continue }
            images.append(try image(manifest, references: try Self.reference(group[0]).map { [$0] } ?? []))
        }
        guard !images.isEmpty else { throw ArchiveError("no image in it is for platform \(wanted)") }
        return images
    }

    private var wanted: OCIPlatform { plan.platform ?? .host }

    /// Entries of one name stand for one image on several platforms. Order is kept.
    static func groups(_ entries: [OCIDescriptor]) -> [[OCIDescriptor]] {
        var groups: [[OCIDescriptor]] = []
        var positions: [String: Int] = [:]
        for entry in entries where !isAttestation(entry) {
            if let name = name(entry), let position = positions[name] {
                groups[position].append(entry)
            } else {
                if let name = name(entry) { positions[name] = groups.count }
                groups.append([entry])
            }
        }
        return groups
    }

    /// The descriptor of the manifest that suits best; nil when none does.
    private func choose(_ entries: [OCIDescriptor], depth: Int) throws -> OCIDescriptor? {
        guard depth <= Self.maximumIndexDepth else { throw ArchiveError("its indexes are nested more than \(Self.maximumIndexDepth) deep") }
        var candidates: [(descriptor: OCIDescriptor, platform: OCIPlatform)] = []
        for entry in entries where !Self.isAttestation(entry) {
            if OCIMediaType.isIndex(entry.mediaType) {
                let nested = try plan.documents.content(OCIIndex.self, of: entry).document.manifests
                guard let chosen = try choose(nested, depth: depth + 1) else { continue }
                candidates.append((chosen, try platform(of: chosen)))
            } else if OCIMediaType.isManifest(entry.mediaType), try isImage(entry) {
                candidates.append((entry, try platform(of: entry)))
            }
        }
        return wanted.best(of: candidates, platform: \.platform)?.descriptor
    }

    /// As the descriptor says, or else the image's config.
    private func platform(of descriptor: OCIDescriptor) throws -> OCIPlatform {
        if let platform = descriptor.platform { return platform }
        let manifest = try plan.documents.content(OCIManifest.self, of: descriptor).document
        return try plan.documents.content(OCIImage.self, of: manifest.config).document.platform ?? .host
    }

    /// Other artifacts share the format of manifests; an index of a platform we don't want may name manifests that weren't exported.
    private func isImage(_ descriptor: OCIDescriptor) throws -> Bool {
        if let platform = descriptor.platform, wanted.distance(to: platform) == nil { return false }
        return OCIMediaType.isConfig(try plan.documents.content(OCIManifest.self, of: descriptor).document.config.mediaType)
    }

    private func image(_ descriptor: OCIDescriptor, references: [ImageReference]) throws -> PlannedImage {
        let (manifest, bytes) = try plan.documents.content(OCIManifest.self, of: descriptor)
        let config = try plan.documents.content(OCIImage.self, of: manifest.config).bytes
        let layers = try manifest.layers.map { layer in
            guard layer.mediaType.contains(".tar"), !layer.mediaType.hasSuffix("+encrypted") else {
                throw ArchiveError("layers of media type \(layer.mediaType) are not supported")
            }
            let name = try ArchiveDocuments.blobName(layer.digest)
            guard let file = plan.documents.archive.file(name) else { throw ArchiveError("layer \(name) is missing") }
            try ArchiveDocuments.checkSize(layer, file.size)
            return (file, Optional(layer.digest))
        }
        return try plan.image(config: config, name: "\(manifest.config.digest)", manifest: bytes, layers: layers, references: references)
    }

    /// BuildKit's provenance travels as manifests for platform unknown/unknown.
    static func isAttestation(_ descriptor: OCIDescriptor) -> Bool {
        descriptor.annotations?["vnd.docker.reference.type"] == "attestation-manifest" || descriptor.platform?.architecture == "unknown"
    }

    /// A whole reference. `ref.name` may be a mere tag, which names nothing without a repository.
    static func name(_ descriptor: OCIDescriptor) -> String? {
        if let name = descriptor.annotations?[OCIAnnotation.imageName] { return name }
        guard let name = descriptor.annotations?[OCIAnnotation.referenceName] else { return nil }
        return name.contains(":") || name.contains("/") ? name : nil
    }

    private static func reference(_ descriptor: OCIDescriptor) throws -> ImageReference? {
        guard let name = name(descriptor) else { return nil }
        guard let reference = try? ImageReference(parsing: name) else {
            throw ArchiveError("'\(name.prefix(300))' is no name for an image")
        }
        return reference.tagged
    }
}
