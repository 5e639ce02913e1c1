// Pull, against a registry of the tests' own.
import Contracts
import Foundation
@testable import ImagesServer
import Models
import RPC
import Testing
import TestSupport

@Suite struct PullTests {
    @Test(arguments: [Compressed.Format.gzip, .zstd, .plain])
    func anImageComesWholeAndIsToldOf(_ format: Compressed.Format) async throws {
        try await FaultyRegistry.with { registry in
            let image = TestImage.twoLayers()
            let manifest = try registry.image(image, format, "v1")
            try await StoreFixture.with { store in
                let name = "\(registry.address)/team/app"
                let pulled = try await store.pull("\(name):v1")
                #expect(pulled.images == [.init(imageID: image.id, reference: "\(name):v1", repository: name)])
                let record = try store.service.inspectImage("\(name):v1")
                #expect(record.id == image.id && record.config == image.config)
                #expect(record.digests == ["\(name)@\(manifest.digest)"] && record.tags == ["\(name):v1"])
                let layers = try await store.layers(image.id)
                #expect(try Files.text("\(layers[0])/etc/top") == "test")
                #expect(pulled.lines.first == "v1: Pulling from team/app")
                #expect(pulled.lines.suffix(2) == ["Digest: \(manifest.digest)", "Status: Downloaded newer image for \(name):v1"])
                for words in ["Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete"] {
                    #expect(pulled.lines.filter { $0.hasSuffix(": \(words)") }.count == 2, "\(words)")
                }
                #expect(try Files.names(store.paths.partials) == [])
            }
        }
    }

    @Test func whatIsThereIsNotFetchedAgain() async throws {
        try await FaultyRegistry.with { registry in
            let image = TestImage.twoLayers()
            try registry.image(image, .gzip, "v1")
            try registry.image(TestImage(layers: image.layers + [TestImage.twoLayers(comment: "more").layers[1]]), .gzip, "v2")
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app"
                _ = try await store.pull("\(name):v1")
                let again = try await store.pull("\(name):v1")
                #expect(again.lines.last == "Status: Image is up to date for \(name):v1")
                let before = registry.seen.filter { $0.path.contains("/blobs/") }.count
                let next = try await store.pull("\(name):v2")
                #expect(next.lines.filter { $0.hasSuffix("Already exists") }.count == 2)
                // The config and the one new layer.
                #expect(registry.seen.filter { $0.path.contains("/blobs/") }.count == before + 2)
            }
        }
    }

    @Test func aPullWhoseImageIsRemovedMeanwhileBringsItBack() async throws {
        try await FaultyRegistry.with { registry in
            let image = TestImage.twoLayers()
            try registry.image(image, .gzip, "v1")
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app:v1"
                _ = try await store.pull(name)
                let service = store.service
                let id = try #require(ContentDigest(image.id))
                let known = try #require(service.store.catalog.catalog.images[id])
                try await Ingest.run(.pullImage, store: service.store, limits: service.limits) { ingest in
                    #expect(try await ingest.hold(image: id))
                    _ = try await service.removeImage(.init(name: image.id, force: true))
                    #expect(try await !ingest.hold(image: id))
                    let again = ImagePublication(
                        config: known.config, manifest: known.manifest, topLayer: known.topLayer, blobs: known.blobs, createdAt: 0)
                    try await again.publish(in: service.store)
                }
                #expect(try await store.layers(image.id).count == 2)
                for _ in 0..<20 {
                    async let removed = try? service.removeImage(.init(name: image.id, force: true))
                    _ = try await store.pull(name)
                    _ = await removed
                }
                try await store.expectConsistency()
            }
        }
    }

    @Test func aMovedTagLeavesTheOldImage() async throws {
        try await FaultyRegistry.with { registry in
            let old = TestImage.twoLayers(comment: "old"), new = TestImage.twoLayers(comment: "new")
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app:latest"
                try registry.image(old, .gzip, "latest")
                _ = try await store.pull(name)
                try registry.image(new, .gzip, "latest")
                #expect(try await store.pull(name).lines.last == "Status: Downloaded newer image for \(name)")
                #expect(try store.service.inspectImage(name).id == new.id)
                #expect(try store.service.inspectImage(old.id).tags == [])
            }
        }
    }

    @Test func aDigestIsPulledAndVerified() async throws {
        try await FaultyRegistry.with { registry in
            let image = TestImage.twoLayers()
            let manifest = try registry.image(image, .gzip)
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app@\(manifest.digest)"
                let pulled = try await store.pull(name)
                #expect(pulled.lines.first == "\(manifest.digest): Pulling from app")
                #expect(try store.service.inspectImage(name).tags == [])
                let other = String(repeating: "0", count: 64)
                let failure = await store.pullFailure("\(registry.address)/app@sha256:\(other)")
                #expect(failure?.code == .notFound)
            }
        }
    }

    @Test func anIndexGivesTheWantedPlatform() async throws {
        try await FaultyRegistry.with { registry in
            var arm = TestImage.twoLayers(comment: "arm")
            arm.platform = OCIPlatform(os: "linux", architecture: "arm64", variant: "v8")
            let own = TestImage.twoLayers(comment: "own")
            var attestation = try registry.image(.twoLayers(comment: "attestation"), .gzip)
            attestation.platform = OCIPlatform(os: "unknown", architecture: "unknown")
            let index = OCIIndex(manifests: [attestation, try registry.image(arm, .gzip), try registry.image(own, .gzip)])
            let descriptor = registry.manifest(Array(try JSONEncoder().encode(index)), OCIMediaType.dockerManifestList, "multi")
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app:multi"
                _ = try await store.pull(name)
                #expect(try store.service.inspectImage(name).id == own.id)
                #expect(try store.service.inspectImage(name).digests == ["\(registry.address)/app@\(descriptor.digest)"])
                _ = try await store.pull(name, platform: "linux/arm64")
                #expect(try store.service.inspectImage(name).id == arm.id)
                let failure = await store.pullFailure(name, platform: "linux/s390x")
                #expect(failure == RPCError(.notFound, "no matching manifest for linux/s390x in the manifest list entries"))
            }
        }
    }

    @Test func allTagsOfARepository() async throws {
        try await FaultyRegistry.with { registry in
            let image = TestImage.twoLayers()
            try registry.image(image, .gzip, "a", "b")
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app"
                let pulled = try await store.pull(name)
                #expect(pulled.images.map(\.reference) == ["\(name):a", "\(name):b"])
                #expect(try store.service.inspectImage(image.id).tags == ["\(name):a", "\(name):b"])
            }
        }
    }

    @Test func refusalsHaveDockersWords() async throws {
        try await FaultyRegistry.with { registry in
            registry.manifest(Array(#"{"schemaVersion":1,"name":"x"}"#.utf8), FetchedManifest.signedFirstSchema, "one")
            let helm = OCIManifest(config: registry.blob(Array("{}".utf8), "application/vnd.cncf.helm.config.v1+json"), layers: [])
            registry.manifest(Array(try JSONEncoder().encode(helm)), OCIMediaType.manifest, "chart")
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app"
                let missing = await store.pullFailure("\(name):none")
                #expect(missing == RPCError(.notFound, "manifest for \(name):none not found: manifest unknown: manifest unknown"))
                let first = await store.pullFailure("\(name):one")
                #expect(first?.code == .invalidParameter && first?.message.contains("schema 1 support has been removed") == true)
                let chart = await store.pullFailure("\(name):chart")
                #expect(chart?.message == "Encountered remote \"application/vnd.cncf.helm.config.v1+json\"(unknown) when fetching")
                registry.misbehave { $0.refusals = [(403, nil)] }
                let denied = await store.pullFailure("\(name):none")
                #expect(denied?.code == .notFound)
                #expect(
                    denied?.message.hasPrefix(
                        "pull access denied for \(name), repository does not exist or may require 'docker login': denied:") == true)
                let left = try store.contents()
                #expect(left == [:])
            }
        }
    }
}
