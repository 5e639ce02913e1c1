// Pull over everything that goes wrong on the way: no byte twice, nothing half there.
import Contracts
import Glibc
@testable import ImagesServer
import Models
import RPC
import Testing
import TestSupport

@Suite struct PullFaultTests {
    /// Blob bytes that a pull without faults fetches.
    private static func size(_ image: TestImage) throws -> Int {
        try image.layers.reduce(image.config.count) { try $0 + Compressed.bytes($1, .gzip).count }
    }

    @Test func cutsCostNothing() async throws {
        try await FaultyRegistry.with { registry in
            let image = StoreFixture.largeImage()
            try registry.image(image, .gzip, "v1")
            registry.misbehave { $0.cuts = [100, 500_000, 1, 700_000, 300_000, 30_000, 2, 3, 4, 5] }
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                let pulled = try await store.pull("\(registry.address)/app:v1")
                #expect(pulled.lines.contains { $0.contains("Retrying in 1 second: unexpected EOF") })
                let size = try Self.size(image)
                // What was on its way when a connection was cut may be lost.
                #expect(registry.sentBlobBytes <= size + 10 * 65_536)
                #expect(try await store.layers(image.id).count == 3)
            }
        }
    }

    @Test func attemptsWithoutAByteEnd() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(StoreFixture.largeImage(), .gzip, "v1")
            registry.misbehave { $0.cuts = Array(repeating: 0, count: 20) }
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                let failure = await store.pullFailure("\(registry.address)/app:v1")
                #expect(failure?.message.contains("unexpected EOF") == true)
                let left = try store.contents()
                #expect(left == [:])
            }
        }
    }

    @Test func aServerWithoutRangesIsReadFromTheStart() async throws {
        try await FaultyRegistry.with { registry in
            let image = StoreFixture.largeImage()
            try registry.image(image, .gzip, "v1")
            registry.misbehave {
                $0.cuts = [1_000_000]; $0.ignoresRanges = true
            }
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                _ = try await store.pull("\(registry.address)/app:v1")
                let size = try Self.size(image)
                #expect(registry.sentBlobBytes == size + 1_000_000)
            }
        }
    }

    @Test func theRegistrysWaitIsKeptAndShown() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(.twoLayers(), .gzip, "v1")
            registry.misbehave { $0.refusals = [(429, "1"), (503, "0")] }
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                let start = ContinuousClock.now
                let pulled = try await store.pull("\(registry.address)/app:v1")
                #expect(ContinuousClock.now - start >= .seconds(1))
                #expect(pulled.lines.first == "v1: Retrying in 1 second: the registry limits its rate")
            }
        }
    }

    @Test func corruptBytesAreFetchedAgainOnce() async throws {
        try await FaultyRegistry.with { registry in
            let image = StoreFixture.largeImage()
            try registry.image(image, .gzip, "v1")
            registry.misbehave { $0.corruptions = 1 }
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                _ = try await store.pull("\(registry.address)/app:v1")
                #expect(try await store.layers(image.id).count == 3)
            }
            registry.misbehave { $0.corruptions = 10 }
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                let failure = await store.pullFailure("\(registry.address)/app:v1")
                #expect(failure?.code == .invalidParameter)
                let left = try store.contents()
                #expect(left == [:])
            }
        }
    }

    @Test func aWrongSizeIsRefused() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(StoreFixture.largeImage(), .gzip, "v1")
            registry.misbehave { $0.extraLength = 7 }
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                let failure = await store.pullFailure("\(registry.address)/app:v1")
                #expect(failure?.message.contains("that its manifest says") == true)
                let left = try store.contents()
                #expect(left == [:])
            }
        }
    }

    @Test func whatCameBeforeACancelIsKept() async throws {
        try await FaultyRegistry.with { registry in
            let image = StoreFixture.largeImage()
            try registry.image(image, .gzip, "v1")
            registry.misbehave { $0.stallsAt = 2_000_000 }
            try await TemporaryDirectory.with { directory in
                let store = try await StoreFixture.open("\(directory)/images", settings: StoreFixture.quickSettings)
                let pull = Task { try await store.pull("\(registry.address)/app:v1") }
                try await eventually("most of the layer is there") {
                    let sizes = try Files.names(store.paths.partials).map { try Files.status("\(store.paths.partials)/\($0)").st_size }
                    return sizes.contains { $0 > 1_000_000 } ? true : nil
                }
                pull.cancel()
                await #expect(throws: (any Error).self) { try await pull.value }
                let left = try store.contents()
                #expect(left == [:])
                registry.misbehave { $0.stallsAt = nil }
                let before = registry.sentBlobBytes
                _ = try await store.pull("\(registry.address)/app:v1")
                #expect(registry.sentBlobBytes - before < 2_500_000)
                #expect(try await store.layers(image.id).count == 3)
                #expect(try Files.names(store.paths.partials) == [])
            }
        }
    }

    @Test func pullsOfOneLayerShareItsDownload() async throws {
        try await FaultyRegistry.with { registry in
            let image = StoreFixture.largeImage()
            try registry.image(image, .gzip, "v1", "v2")
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                async let first = store.pull("\(registry.address)/app:v1")
                async let second = store.pull("\(registry.address)/app:v2")
                _ = try await (first, second)
                let blobs = registry.seen.filter { $0.path.contains("/blobs/") }
                let layers = Set(blobs.map(\.path)).count - 1
                #expect(layers == 3)
                // Each asks for the config; whoever comes late finds layers that are there already.
                #expect(blobs.count == 3 + 2)
                #expect(try Files.names(store.paths.partials) == [])
            }
        }
    }
}
