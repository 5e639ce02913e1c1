// Damage is found, and only what is damaged is fetched again.
import Contracts
import Foundation
import Glibc
@testable import ImagesServer
import Models
import RPC
import Testing
import TestSupport

@Suite struct CheckTests {
    private static func check(
        _ store: StoreFixture, repair: Bool = false
    ) async throws -> (response: CheckImages.Response, findings: [CheckImages.Finding]) {
        let findings = Collected<CheckImages.Finding>()
        let response = try await store.service.checkImages(.init(repair: repair)) { findings.add($0) }
        return (response, findings.all)
    }

    /// Changes one bit, and nothing else about the file.
    private static func flipBit(_ path: String, at offset: Int) throws {
        let status = try Files.status(path)
        let file = open(path, O_RDWR | O_CLOEXEC)
        defer { close(file) }
        var byte: UInt8 = 0
        #expect(pread(file, &byte, 1, off_t(offset)) == 1)
        byte ^= 1 << UInt8(offset % 8)
        #expect(pwrite(file, &byte, 1, off_t(offset)) == 1)
        var times = [status.st_atim, status.st_mtim]
        futimens(file, &times)
    }

    @Test func aWholeStoreHasNoFindings() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(StoreFixture.largeImage(), .gzip, "v1")
            try await StoreFixture.with { store in
                _ = try await store.pull("\(registry.address)/app:v1")
                let before = try store.contents()
                let (response, findings) = try await Self.check(store)
                #expect(findings == [] && response.blobs == 3 && response.layers == 3 && response.damaged == 0)
                #expect(try store.contents() == before)
            }
        }
    }

    @Test func aDamagedBlobAloneIsFetchedAgain() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(StoreFixture.largeImage(), .gzip, "v1")
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                _ = try await store.pull("\(registry.address)/app:v1")
                let blob = try #require(store.service.store.catalog.catalog.blobs.values.max { $0.size < $1.size })
                try Self.flipBit(store.paths.blob(blob.digest.hex), at: 12_345)
                let found = try await Self.check(store)
                #expect(found.findings.contains { $0.kind == .blob && $0.id == blob.digest.description && !$0.isRepaired })
                #expect(found.response.damaged == 2)
                let before = registry.sentBlobBytes
                let repaired = try await Self.check(store, repair: true)
                #expect(repaired.findings.map(\.remark) == ["fetched again from \(registry.address)/app"])
                #expect(repaired.response.damaged == 0)
                // Asked for by a HEAD, then fetched once.
                #expect(registry.sentBlobBytes - before <= 2 * Int(blob.size))
                #expect(try await Self.check(store).findings == [])
                #expect(try Files.names(store.paths.partials) == [])
            }
        }
    }

    @Test func damagedFilesArePutRight() async throws {
        try await FaultyRegistry.with { registry in
            let image = StoreFixture.largeImage()
            try registry.image(image, .gzip, "v1")
            try await StoreFixture.with { store in
                _ = try await store.pull("\(registry.address)/app:v1")
                let layers = try await store.layers(image.id)
                let (top, middle, base) = (layers[0], layers[1], layers[2])
                for offset in stride(from: 0, to: 2_900_000, by: 290_000) { try Self.flipBit("\(top)/random", at: offset) }
                try FileManager.default.removeItem(atPath: "\(middle)/etc/top")
                chmod("\(base)/etc/base", 0o600)
                try "x".write(toFile: "\(base)/etc/extra", atomically: false, encoding: .utf8)
                let found = try await Self.check(store)
                #expect(found.response.damaged == 3)
                #expect(found.findings.contains { $0.problem == "random has other content" })
                #expect(found.findings.contains { $0.problem.contains("etc/top is missing") })
                let before = registry.seen.count
                let repaired = try await Self.check(store, repair: true)
                #expect(repaired.findings.count == 3 && repaired.response.damaged == 0)
                #expect(registry.seen.count == before)
                #expect(try await Self.check(store).findings == [])
                #expect(try Files.text("\(middle)/etc/top") == "large")
                #expect(!Files.exists("\(base)/etc/extra"))
            }
        }
    }

    @Test func whatNoRegistryKnowsIsSaidSo() async throws {
        try await StoreFixture.with { store in
            try await store.importTar(TestImage.twoLayers().layers[0], "imported:1")
            let blob = try #require(store.service.store.catalog.catalog.blobs.keys.first)
            unlink(store.paths.blob(blob.hex))
            let found = try await Self.check(store, repair: true)
            #expect(found.response.damaged == 2)
            #expect(found.findings.first?.problem.hasPrefix("it can't be read") == true)
            #expect(found.findings.first?.isRepaired == false)
        }
    }
}
