// What has to hold of a store at rest, whatever happened before.
import Contracts
@testable import ImagesServer
import Models
import Testing

extension StoreFixture {
    /// Records and files are the same set, nothing is half there or held, and a check of every byte finds nothing.
    func expectConsistency(_ comment: Comment? = nil) async throws {
        let catalog = service.store.catalog.catalog
        let expected = [
            "blobs": catalog.blobs.keys.map(\.hex).sorted(), "layers": catalog.layers.keys.map(\.hex).sorted(),
            "links": catalog.layers.values.map { StorePaths.linkName($0.link) }.sorted(), "snapshots": catalog.snapshots.keys.sorted(),
        ].filter { !$0.value.isEmpty }
        #expect(try contents() == expected, comment)
        #expect(catalog.intents.isEmpty && catalog.garbage(after: []).isEmpty, comment)
        for image in catalog.images.values {
            let chain = catalog.chain(from: image.topLayer)
            for layer in chain { #expect(Files.exists("\(paths.link(layer.link))/"), comment) }
            let config = try RegistryDocument.decode(OCIImage.self, image.config, name: "config", ImageSettings.standard.limits)
            #expect(chain.reversed().map(\.diffID) == config.rootfs?.diffIDs, comment)
            #expect(image.blobs.count == chain.count && image.blobs.allSatisfy { catalog.blobs[$0] != nil }, comment)
        }
        let classes = try await service.classifyBytes().classes
        #expect(classes["orphans"] == 0, comment)
        let findings = Collected<CheckImages.Finding>()
        let checked = try await service.checkImages(.init(repair: false)) { findings.add($0) }
        #expect(findings.all == [] && checked.damaged == 0, comment)
    }

    /// Puts images into a registry that takes pushes.
    func push(_ image: TestImage, as reference: String, format: Compressed.Format = .plain) async throws -> PushedImage {
        _ = try await load(try DockerArchiveBuilder.archive([(image, [reference])], layerFormat: format))
        let pushed = try await service.pushImage(.init(reference: reference)) { _ in }
        return try #require(pushed.images.first)
    }
}
