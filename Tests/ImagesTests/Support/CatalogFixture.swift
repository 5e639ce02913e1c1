// Catalogues for tests of pure rules.
@testable import ImagesServer
import Models

enum ContentDigestFixture {
    /// A digest of one digit, repeated.
    static func digest(_ digit: Character) -> ContentDigest { ContentDigest(sha256: String(repeating: digit, count: 64)) }
}

extension Catalog {
    /// Applies changes one after the other.
    init(_ changes: [CatalogChange]) {
        self.init()
        for change in changes { apply(change) }
    }

    func applying(_ changes: [CatalogChange]) -> Catalog {
        var copy = self
        for change in changes { copy.apply(change) }
        return copy
    }
}

enum Rows {
    static func layer(_ id: Character, above parent: Character? = nil, link: Int64 = 1, size: Int64 = 10) -> CatalogChange {
        .addLayer(
            LayerRow(
                chainID: ContentDigestFixture.digest(id), diffID: ContentDigestFixture.digest(id),
                parent: parent.map(ContentDigestFixture.digest), link: link, size: size))
    }

    static func blob(_ id: Character, of diffID: Character) -> CatalogChange {
        .addBlob(
            BlobRow(
                digest: ContentDigestFixture.digest(id), diffID: ContentDigestFixture.digest(diffID), size: 5,
                mediaType: OCIMediaType.layerGzip))
    }

    static func image(
        _ id: Character, top: Character? = nil, blobs: [Character] = [], parent: Character? = nil, createdAt: Int64 = 1
    ) -> CatalogChange {
        .addImage(
            ImageRow(
                id: ContentDigestFixture.digest(id), config: Array("{}".utf8), manifest: [], manifestDigest: nil,
                topLayer: top.map(ContentDigestFixture.digest), blobs: blobs.map(ContentDigestFixture.digest),
                parent: parent.map(ContentDigestFixture.digest), createdAt: createdAt, size: 20, lastTaggedAt: 0))
    }

    static func name(_ reference: String, _ image: Character, at time: Int64 = 7) throws -> CatalogChange {
        .setReference(try ImageReference(parsing: reference).key, image: ContentDigestFixture.digest(image), at: time)
    }

    static func snapshot(_ containerID: String, _ image: Character, top: Character?) -> CatalogChange {
        .addSnapshot(
            SnapshotRow(
                containerID: containerID, imageID: ContentDigestFixture.digest(image), topLayer: top.map(ContentDigestFixture.digest)))
    }
}
