// Documents that are too large, too deep or untrue, and layers that become too much: by load and by pull.
import Contracts
import Foundation
@testable import ImagesServer
import Models
import RPC
import Testing

@Suite struct HostileDocumentTests {
    /// 10,000 arrays within each other, behind a name that no model knows.
    private static let deep =
        #"{"schemaVersion":2,"x":"# + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}"

    struct Document: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Words of the refusal of a load, and of a pull.
        var load: String
        var pull: String
        var bytes: @Sendable () -> [UInt8]
    }

    static let documents = [
        Document(testDescription: "10,000 levels deep", load: "nested too deeply", pull: "nested too deeply") { Array(deep.utf8) },
        Document(testDescription: "100 MB", load: "more than 4194304", pull: "more than 4194304") {
            [UInt8](repeating: 0x20, count: 100_000_000)
        },
        Document(testDescription: "no JSON", load: "can't be read", pull: "manifest") { Array("{\"schemaVersion\":".utf8) },
    ]

    @Test(arguments: documents)
    func isRefusedAsAManifest(_ document: Document) async throws {
        try await StoreFixture.with { store async throws in
            var tar = TarBuilder()
            tar.file("manifest.json", document.bytes())
            let archive = tar.finished()
            let error = await #expect(throws: RPCError.self) { try await store.load(archive) }
            #expect(error?.code == .invalidParameter && error?.message.contains(document.load) == true, "\(error?.message ?? "")")
            #expect(try store.contents().isEmpty)
            try await FaultyRegistry.with { registry in
                registry.manifest(document.bytes(), OCIMediaType.manifest, "v1")
                let failure = await store.pullFailure("\(registry.address)/app:v1")
                #expect(failure?.message.contains(document.pull) == true, "\(failure?.message ?? "")")
                #expect(failure?.code != .internalError)
            }
            #expect(try store.contents().isEmpty)
        }
    }

    /// The config of a pulled image, true to its digest and hostile all the same.
    @Test func aDeepConfigIsRefused() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(
                TestImage(layers: TestImage.twoLayers().layers, comment: "x\",\"deep\":" + Self.deep + ",\"y\":\""), .gzip, "v1")
            try await StoreFixture.with { store async throws in
                let failure = await store.pullFailure("\(registry.address)/app:v1")
                #expect(failure?.message.contains("nested too deeply") == true, "\(failure?.message ?? "")")
                #expect(try store.contents().isEmpty)
            }
        }
    }

    /// 300 MB of zeros are 300 KB by gzip.
    @Test func aBombIsRefusedByItsRatio() async throws {
        var settings = ImageSettings.standard
        settings.maximumExpansionRatio = 100
        let bomb = try Compressed.bytes([UInt8](repeating: 0, count: 300_000_000), .gzip)
        try await StoreFixture.with(settings: settings) { store async throws in
            let error = await #expect(throws: RPCError.self) { try await store.importTar(bomb) }
            #expect(error?.code == .invalidParameter && error?.message.contains("more than 100 times its size") == true)
            let loading = await #expect(throws: RPCError.self) { try await store.load(bomb) }
            #expect(loading?.message.contains("more than 100 times its size") == true)
            #expect(try store.contents().isEmpty)
        }
    }

    @Test func whatIsTooMuchInAllIsRefused() async throws {
        var settings = ImageSettings.standard
        settings.maximumLayerSize = 1_000_000
        settings.maximumArchiveSize = 2_000_000
        var tar = TarBuilder()
        tar.file("large", [UInt8](repeating: 7, count: 1_500_000))
        let layer = tar.finished()
        try await StoreFixture.with(settings: settings) { store async throws in
            let importing = await #expect(throws: RPCError.self) { try await store.importTar(layer) }
            #expect(importing?.message.contains("more than 1000000 bytes") == true, "\(importing?.message ?? "")")
            let small = try DockerArchiveBuilder.archive([(TestImage(layers: [layer]), ["app"])], layerFormat: .gzip)
            let loading = await #expect(throws: RPCError.self) { try await store.load(small) }
            #expect(loading?.message.contains("more than 1000000 bytes") == true, "\(loading?.message ?? "")")
            let large = try DockerArchiveBuilder.archive([(TestImage(layers: [layer, layer + layer]), ["app"])])
            let whole = await #expect(throws: RPCError.self) { try await store.load(large) }
            #expect(whole?.message.contains("more than 2000000 bytes") == true, "\(whole?.message ?? "")")
            try await FaultyRegistry.with { registry in
                try registry.image(TestImage(layers: [layer]), .zstd, "v1")
                let failure = await store.pullFailure("\(registry.address)/app:v1")
                #expect(failure?.message.contains("more than 1000000 bytes") == true, "\(failure?.message ?? "")")
            }
            #expect(try store.contents().isEmpty)
        }
    }
}
