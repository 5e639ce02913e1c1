// Archives of images that are incomplete, wrong or hostile.
import Contracts
import Foundation
@testable import ImagesServer
import Models
import RPC
import Testing

struct BrokenArchiveTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What the message has to say.
        var words: String
        var archive: @Sendable () throws -> [UInt8]
    }

    private static func docker(
        _ build: @Sendable @escaping (inout TarBuilder, TestImage) throws -> Void
    ) -> @Sendable () throws -> [UInt8] {
        {
            var tar = TarBuilder()
            try build(&tar, .twoLayers())
            return tar.finished()
        }
    }

    private static func manifest(_ config: String, _ layers: [String], tags: [String] = ["app"]) throws -> [UInt8] {
        Array(try JSONEncoder().encode([DockerArchiveImage(config: config, repoTags: tags, layers: layers)]))
    }

    static let examples = [
        Example(
            testDescription: "a root filesystem", words: "neither manifest.json nor index.json",
            archive: docker { tar, _ in tar.file("bin/sh") }),
        Example(
            testDescription: "no JSON", words: "manifest.json can't be read",
            archive: docker { tar, _ in tar.file("manifest.json", "{") }),
        Example(
            testDescription: "deep JSON", words: "nested too deeply",
            archive: docker { tar, _ in
                tar.file("manifest.json", String(repeating: "[", count: 100_000))
            }),
        Example(
            testDescription: "large JSON", words: "more than 4194304",
            archive: docker { tar, _ in
                tar.file("manifest.json", [UInt8](repeating: 0x20, count: 5 << 20))
            }),
        Example(testDescription: "no images", words: "lists no images", archive: docker { tar, _ in tar.file("manifest.json", "[]") }),
        Example(
            testDescription: "missing config", words: "c.json is missing",
            archive: docker { tar, _ in
                tar.file("manifest.json", try manifest("c.json", []))
            }),
        Example(
            testDescription: "missing layer", words: "layer l.tar is missing",
            archive: docker { tar, image in
                tar.file("c.json", image.config)
                tar.file("manifest.json", try manifest("c.json", ["l.tar", "l.tar"]))
            }),
        Example(
            testDescription: "too few layers", words: "speaks of 2 layers, but the archive has 1",
            archive: docker { tar, image in
                tar.file("c.json", image.config)
                tar.file("l.tar", image.layers[0])
                tar.file("manifest.json", try manifest("c.json", ["l.tar"]))
            }),
        Example(
            testDescription: "layer of other content", words: "the layer's content is corrupt",
            archive: docker { tar, image in
                tar.file("c.json", image.config)
                tar.file("l.tar", image.layers[0])
                tar.file("manifest.json", try manifest("c.json", ["l.tar", "l.tar"]))
            }),
        Example(
            testDescription: "config of another digest", words: "is corrupt: expected sha256:aaaa",
            archive: docker { tar, image in
                let name = String(repeating: "a", count: 64) + ".json"
                tar.file(name, image.config)
                tar.file("manifest.json", try manifest(name, []))
            }),
        Example(
            testDescription: "bad name", words: "'Bad Name' is no name for an image",
            archive: docker { tar, image in
                tar.file("c.json", image.config)
                for (number, layer) in image.layers.enumerated() { tar.file("\(number).tar", layer) }
                tar.file("manifest.json", try manifest("c.json", ["0.tar", "1.tar"], tags: ["Bad Name"]))
            }),
        Example(testDescription: "climbing member", words: "leads out of the layer", archive: docker { tar, _ in tar.file("../x", "x") }),
        Example(
            testDescription: "climbing link", words: "leads out of the layer",
            archive: docker { tar, _ in
                tar.symbolicLink("a/layer.tar", to: "../../etc/shadow")
            }),
        Example(
            testDescription: "circle of links", words: "manifest.json",
            archive: docker { tar, _ in
                tar.symbolicLink("manifest.json", to: "b")
                tar.symbolicLink("b", to: "manifest.json")
            }),
        Example(testDescription: "device", words: "of an unknown type", archive: docker { tar, _ in tar.device("x", major: 1, minor: 3) }),
        Example(
            testDescription: "hostile layer", words: "leads out of the layer",
            archive: {
                var layer = TarBuilder()
                layer.file("../../../escape", "x")
                return try DockerArchiveBuilder.archive([(TestImage(layers: [layer.finished()]), ["app"])])
            }),
        Example(
            testDescription: "OCI blob of another digest", words: "is corrupt",
            archive: {
                var builder = OCILayoutBuilder()
                var descriptor = try builder.manifest(.twoLayers(), .gzip)
                let wrong = ContentDigest(sha256: String(repeating: "b", count: 64))
                builder.file("blobs/sha256/\(wrong.hex)", Array("{}".utf8))
                descriptor.digest = wrong
                descriptor.size = 2
                builder.add(descriptor)
                return try builder.finished()
            }),
        Example(
            testDescription: "OCI blob of another size", words: "bytes instead of 7",
            archive: {
                var builder = OCILayoutBuilder()
                var descriptor = try builder.manifest(.twoLayers(), .gzip)
                descriptor.size = 7
                builder.add(descriptor)
                return try builder.finished()
            }),
        Example(
            testDescription: "indexes without end", words: "nested more than 4 deep",
            archive: {
                var builder = OCILayoutBuilder()
                var descriptor = try builder.manifest(.twoLayers(), .gzip)
                for _ in 0..<6 { descriptor = try builder.index([descriptor]) }
                builder.add(descriptor)
                return try builder.finished()
            }),
    ]

    @Test(arguments: examples)
    func isRefusedAndLeavesNothing(_ example: Example) async throws {
        try await StoreFixture.with { store async throws in
            let archive = try example.archive()
            let error = await #expect(throws: RPCError.self) { try await store.load(archive) }
            #expect(error?.code == .invalidParameter)
            #expect(error?.message.contains(example.words) == true, "\(error?.message ?? "")")
            #expect(try store.contents().isEmpty)
            #expect(store.service.listImages().images.isEmpty)
        }
    }

    /// A well-formed layer whose compressed bytes aren't those the manifest names.
    @Test func refusesALayerThatWasCompressedAnew() async throws {
        try await StoreFixture.with { store async throws in
            let image = TestImage.twoLayers()
            var builder = OCILayoutBuilder()
            let descriptors = try image.layers.map { layer in
                var descriptor = builder.blob(try Compressed.bytes(layer, .gzip), OCIMediaType.layerGzip)
                descriptor.digest = ContentDigest(of: layer)
                return descriptor
            }
            for (layer, descriptor) in zip(image.layers, descriptors) {
                builder.file("blobs/sha256/\(descriptor.digest.hex)", try Compressed.bytes(layer, .gzip))
            }
            let manifest = OCIManifest(config: builder.blob(image.config, OCIMediaType.config), layers: descriptors)
            builder.add(builder.blob(Array(try JSONEncoder().encode(manifest)), OCIMediaType.manifest))
            let archive = try builder.finished()
            let error = await #expect(throws: RPCError.self) { try await store.load(archive) }
            #expect(error?.message.hasPrefix("the layer is corrupt: expected sha256:") == true)
            #expect(try store.contents().isEmpty)
        }
    }
}

struct JSONDepthTests {
    @Test(arguments: [
        ("[[]]", 2, true), ("[[]]", 1, false), (#"{"a":"[[[["}"#, 1, true),
        (#"{"a":"\"[[[["}"#, 1, true), ("[],[],[]", 1, true), ("", 0, true),
    ])
    func counts(_ text: String, _ limit: Int, _ expected: Bool) {
        #expect(JSONDepth.isWithin(limit, Array(text.utf8)) == expected)
    }
}
