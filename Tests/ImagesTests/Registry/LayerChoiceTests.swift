// Which copy of a layer is pushed: always the same.
@testable import ImagesServer
import Models
import Testing

struct LayerChoiceTests {
    private static func copy(_ digit: Character, _ mediaType: String) -> BlobRow {
        BlobRow(digest: ContentDigestFixture.digest(digit), diffID: ContentDigestFixture.digest("d"), size: 1, mediaType: mediaType)
    }

    private static let plain = copy("1", OCIMediaType.layer), zstd = copy("2", OCIMediaType.layerZstd)
    private static let gzip = copy("4", OCIMediaType.layerGzip), docker = copy("3", OCIMediaType.dockerLayerGzip)

    @Test(arguments: [
        ([plain, zstd, gzip, docker], [], docker), ([plain, zstd, gzip], [], gzip), ([plain, zstd], [], zstd), ([plain], [], plain),
        // What it came with goes on as it came, unless that isn't compressed.
        ([plain, zstd, gzip], [zstd], zstd), ([plain, zstd, gzip, docker], [gzip, plain], gzip), ([plain, gzip], [plain], gzip),
    ])
    func theSameWhateverTheOrder(copies: [BlobRow], own: [BlobRow], chosen: BlobRow) {
        for _ in 0..<10 {
            #expect(LayerLocator.preferred(copies.shuffled(), own: own.map(\.digest)) == chosen)
        }
        #expect(LayerLocator.preferred([], own: []) == nil)
    }
}
