// `docker load`: both formats, whatever they are compressed with.
import Contracts
import Foundation
@testable import ImagesServer
import Models
import RPC
import Testing

struct LoadTests {
    @Test(arguments: Compressed.Format.allCases)
    func loadsADockerArchive(_ format: Compressed.Format) async throws {
        try await StoreFixture.with { store async throws in
            let image = TestImage.twoLayers()
            let archive = try DockerArchiveBuilder.archive([(image, ["app:v1", "other"])])
            let loaded = try await store.load(try Compressed.bytes(archive, format))
            #expect(loaded.lines == ["Loaded image: app:v1\n", "Loaded image: other:latest\n"])
            #expect(loaded.response.imageIDs == [image.id] && loaded.response.tags == ["app:v1", "other:latest"])
            try await check(image, in: store, "app:v1")
        }
    }

    @Test(arguments: [Compressed.Format.plain, .gzip, .zstd])
    func loadsAnOCILayout(_ format: Compressed.Format) async throws {
        try await StoreFixture.with { store async throws in
            let image = TestImage.twoLayers()
            let loaded = try await store.load(try OCILayoutBuilder.archive(image, format, name: "docker.io/library/app:v2"))
            #expect(loaded.lines == ["Loaded image: app:v2\n"])
            try await check(image, in: store, "app:v2")
            #expect(ContentDigest(try store.service.inspectImage("app:v2").manifestDigest) != nil)
            for layer in image.layers {
                let blob = try Compressed.bytes(layer, format)
                #expect(try Data(contentsOf: URL(filePath: store.paths.blob(ContentDigest(of: blob).hex))) == Data(blob))
            }
        }
    }

    /// The config survives byte for byte, and the layers are as overlayfs wants them.
    private func check(_ image: TestImage, in store: StoreFixture, _ name: String) async throws {
        let record = try store.service.inspectImage(name)
        #expect(record.id == image.id && record.config == image.config)
        let layers = try await store.layers(record.id)
        #expect(layers.count == 2)
        #expect(try Files.text("\(layers[1])/etc/gone") == "not for long")
        #expect(try Files.text("\(layers[0])/etc/top") == image.comment)
        #expect(try Files.status("\(layers[0])/etc/gone").st_rdev == 0)
        #expect(try store.contents()["staging"] == nil)
    }

    @Test func tellsHowFarItIsUnlessQuiet() async throws {
        try await StoreFixture.with { store async throws in
            let image = TestImage.twoLayers()
            let archive = try DockerArchiveBuilder.archive([(image, ["app"])])
            let progress = try await store.load(archive).progress.filter { $0.status == "Loading layer" }
            for layer in image.layers {
                let own = progress.filter { $0.id == ContentDigest(of: layer).short }
                #expect(own.map(\.current) == [0, Int64(layer.count)])
                #expect(own.map(\.total) == [Int64(layer.count), Int64(layer.count)])
            }
        }
        try await StoreFixture.with { store async throws in
            let progress = try await store.load(try DockerArchiveBuilder.archive([(.twoLayers(), ["app"])]), quiet: true).progress
            #expect(progress == [ImageProgress(stream: "Loaded image: app:latest\n")])
        }
    }

    @Test func imagesOfOneArchiveShareLayers() async throws {
        try await StoreFixture.with { store async throws in
            let first = TestImage.twoLayers(comment: "one"), second = TestImage.twoLayers(comment: "two")
            try await _ = store.load(try DockerArchiveBuilder.archive([(first, ["one"]), (second, [])]))
            #expect(try store.contents()["layers"]?.count == 3)
            #expect(try await store.layers(first.id).last == store.layers(second.id).last)
            #expect(try store.service.inspectImage(second.id).tags.isEmpty)
        }
    }

    /// The same tar at two places of one image is two layers of one blob.
    @Test func aLayerMayOccurTwice() async throws {
        try await StoreFixture.with { store async throws in
            var image = TestImage.twoLayers()
            image.layers.append(image.layers[0])
            try await _ = store.load(try DockerArchiveBuilder.archive([(image, ["app"])]))
            #expect(try await store.layers(image.id).count == 3)
            #expect(try store.contents()["blobs"]?.count == 2)
        }
    }

    @Test func loadingAgainCostsNothingAndSaysSo() async throws {
        try await StoreFixture.with { store async throws in
            let archive = try DockerArchiveBuilder.archive([(.twoLayers(), ["app"])])
            let before = try await (store.load(archive).response.imageIDs, store.contents())
            let again = try await store.load(archive)
            #expect(again.progress == [ImageProgress(stream: "Loaded image: app:latest\n")])
            #expect(again.response.imageIDs == before.0)
            #expect(try store.contents() == before.1)
        }
    }

    @Test func aNameThatMovesIsTold() async throws {
        try await StoreFixture.with { store async throws in
            let old = TestImage.twoLayers(comment: "old"), new = TestImage.twoLayers(comment: "new")
            try await _ = store.load(try DockerArchiveBuilder.archive([(old, ["app"])]))
            #expect(
                try await store.load(try DockerArchiveBuilder.archive([(new, ["app"])])).lines == [
                    "The image app:latest already exists, renaming the old one with ID \(old.id) to empty string\n",
                    "Loaded image: app:latest\n",
                ])
        }
    }

    @Test func anImageWithoutANameIsToldByItsID() async throws {
        try await StoreFixture.with { store async throws in
            let image = TestImage.twoLayers()
            #expect(try await store.load(try OCILayoutBuilder.archive(image, .gzip, name: nil)).lines == ["Loaded image ID: \(image.id)\n"])
        }
    }

    @Test func takesThePlatformThatSuits() async throws {
        var builder = OCILayoutBuilder()
        var images: [String: TestImage] = [:]
        var entries: [OCIDescriptor] = []
        for platform in ["linux/amd64", "linux/arm64", "linux/arm/v6"] {
            var image = TestImage.twoLayers(comment: platform)
            image.platform = try #require(OCIPlatform(parsing: platform, host: .host))
            images[platform] = image
            entries.append(try builder.manifest(image, .gzip))
        }
        var attestation = entries[0]
        attestation.platform = OCIPlatform(os: "unknown", architecture: "unknown")
        entries.append(attestation)
        let nested = try builder.index(entries)
        builder.add(try builder.index([nested], annotations: [OCIAnnotation.referenceName: "app:multi"]))
        let archive = try builder.finished()
        for (wanted, found) in [("linux/arm64", "linux/arm64"), ("linux/arm/v7", "linux/arm/v6"), ("amd64", "linux/amd64")] {
            try await StoreFixture.with { store async throws in
                #expect(try await store.load(archive, platform: wanted).response.imageIDs == [images[found]?.id])
            }
        }
        try await StoreFixture.with { store async throws in
            let error = await #expect(throws: RPCError.self) { try await store.load(archive, platform: "linux/s390x") }
            #expect(error?.message == "invalid archive: no image in it is for platform linux/s390x")
        }
    }
}
