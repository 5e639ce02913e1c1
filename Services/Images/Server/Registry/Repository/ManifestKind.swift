// What a manifest is: by its own words, and by the header where it has none.
import FoundationEssentials
import Models

enum ManifestKind {
    private struct Outline: Decodable {
        struct Named: Decodable {}
        var mediaType: String?
        var schemaVersion: Int?
        var manifests: [Named]?
        var config: Named?
    }

    /// Registries, and more so static file servers, may give any content type.
    static func mediaType(header: String, _ bytes: [UInt8]) -> String {
        guard let outline = try? JSONDecoder().decode(Outline.self, from: Data(bytes)) else { return header }
        if let type = outline.mediaType, !type.isEmpty { return type }
        if outline.schemaVersion == 1 { return FetchedManifest.signedFirstSchema }
        if OCIMediaType.isIndex(header) || OCIMediaType.isManifest(header) { return header }
        if outline.manifests != nil { return OCIMediaType.index }
        return outline.config != nil ? OCIMediaType.manifest : header
    }
}
