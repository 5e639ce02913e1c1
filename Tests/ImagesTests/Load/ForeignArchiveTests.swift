// `docker load` of archives as other tools, and engines of other times, write them.
import Contracts
import Foundation
@testable import ImagesServer
import Models
import Testing

struct ForeignArchiveTests {
    private static func manifest(_ config: String, _ tags: [String]?, _ layers: [String]) -> String {
        let names = tags.map { "[" + $0.map { "\"\($0)\"" }.joined(separator: ",") + "]" } ?? "null"
        let paths = layers.map { "\"\($0)\"" }.joined(separator: ",")
        return #"[{"Config":"\#(config)","RepoTags":\#(names),"Layers":[\#(paths)]}]"#
    }

    private func expect(_ archive: [UInt8], _ image: TestImage, _ lines: [String]) async throws {
        try await StoreFixture.with { store in
            let loaded = try await store.load(archive)
            #expect(loaded.lines == lines.map { "\($0)\n" } && loaded.response.imageIDs == [image.id])
            let layers = try await store.layers(image.id)
            #expect(try Files.text("\(layers[0])/etc/top") == image.comment && Files.text("\(layers[1])/etc/base") == "base of every image")
            try await store.expectConsistency()
        }
    }

    /// Engines from 25 on: an OCI layout that has a manifest of the old kind beside it, with more names than its index.
    @Test func bothKindsOfManifest() async throws {
        let image = TestImage.twoLayers()
        var builder = OCILayoutBuilder()
        let name = [OCIAnnotation.imageName: "docker.io/library/app:1"]
        builder.add(try builder.manifest(image, .plain, annotations: name))
        let layers = image.layers.map { "blobs/sha256/\(ContentDigest(of: $0).hex)" }
        let config = "blobs/sha256/\(ContentDigest(of: image.config).hex)"
        builder.file("manifest.json", Array(Self.manifest(config, ["app:1", "other:2"], layers).utf8))
        builder.file("repositories", Array(#"{"app":{"1":"0"}}"#.utf8))
        try await expect(try builder.finished(), image, ["Loaded image: app:1", "Loaded image: other:2"])
    }

    /// Stores that keep every platform of an index, or only the blobs of one.
    @Test(arguments: [true, false])
    func anIndexWithAttestations(hasAll: Bool) async throws {
        let image = TestImage.twoLayers()
        var other = TestImage.twoLayers(comment: "other")
        other.platform = OCIPlatform(os: "linux", architecture: "s390x")
        var builder = OCILayoutBuilder(), elsewhere = OCILayoutBuilder()
        let foreign = try hasAll ? builder.manifest(other, .gzip) : elsewhere.manifest(other, .gzip)
        var attestation = builder.blob(Array("{}".utf8), OCIMediaType.manifest)
        attestation.platform = OCIPlatform(os: "unknown", architecture: "unknown")
        let own = try builder.manifest(image, .gzip)
        let name = [OCIAnnotation.imageName: "docker.io/library/app:1"]
        builder.add(try builder.index([foreign, attestation, own], annotations: name))
        try await expect(try builder.finished(), image, ["Loaded image: app:1"])
    }

    /// Builders in containers name files by digests, and compress layers in a plain archive.
    @Test func namesWithColonsAndCompressedLayers() async throws {
        let image = TestImage.twoLayers()
        var tar = TarBuilder()
        var names: [String] = []
        for layer in image.layers {
            let bytes = try Compressed.bytes(layer, .gzip)
            names.append("\(ContentDigest(of: bytes).hex).tar.gz")
            tar.file(names[names.count - 1], bytes)
        }
        tar.file("\(ContentDigest(of: image.config))", image.config)
        tar.file("manifest.json", Self.manifest("\(ContentDigest(of: image.config))", ["app:1"], names))
        try await expect(tar.finished(), image, ["Loaded image: app:1"])
    }

    /// Of an image without layers and names, Go's encoder writes both as null.
    @Test func anImageWithoutLayersAndNames() async throws {
        let config = #"{"architecture":"amd64","os":"linux","config":{"Labels":{"a":"b"}},"rootfs":{"type":"layers","diff_ids":null}}"#
        var tar = TarBuilder()
        tar.file("c.json", config)
        tar.file("manifest.json", #"[{"Config":"c.json","RepoTags":null,"Layers":null}]"#)
        try await StoreFixture.with { store in
            let loaded = try await store.load(tar.finished())
            #expect(loaded.lines == ["Loaded image ID: \(ContentDigest(of: Array(config.utf8)))\n"])
        }
    }

    /// The manifest first, every name from the archive's root, layers by links to files that come later.
    @Test func linksAndDots() async throws {
        let image = TestImage.twoLayers()
        var tar = TarBuilder()
        tar.file("./manifest.json", Self.manifest("c.json", nil, ["a/layer.tar", "b/layer.tar"]))
        tar.symbolicLink("./a/layer.tar", to: "../files/0")
        tar.symbolicLink("./b/layer.tar", to: "/files/1")
        for (number, layer) in image.layers.enumerated() { tar.file("./files/\(number)", layer) }
        tar.file("./c.json", image.config)
        try await expect(tar.finished(), image, ["Loaded image ID: \(image.id)"])
    }
}
