// Single bits flipped in blobs and in layers' files: every one is found, and only damaged blobs are fetched.
import Contracts
import Foundation
import Glibc
@testable import ImagesServer
import Models
import Testing
import TestSupport

@Suite struct BitFlipTests {
    /// More by `BERTH_FLIPS`.
    private static let flips = ProcessInfo.processInfo.environment["BERTH_FLIPS"].flatMap { Int($0) } ?? 100

    struct Target: Sendable {
        var path: String
        var size: Int
        /// The blob or layer that a finding has to name.
        var id: String
        var isBlob: Bool
    }

    /// Blobs, and regular files of layers, that have bytes.
    private static func targets(_ store: StoreFixture) throws -> [Target] {
        let catalog = store.service.store.catalog.catalog
        var targets = catalog.blobs.values.map {
            Target(path: store.paths.blob($0.digest.hex), size: Int($0.size), id: $0.digest.description, isBlob: true)
        }
        for layer in catalog.layers.values {
            let root = "\(store.paths.layer(layer.chainID.hex))/\(StorePaths.diff)"
            for name in try #require(FileManager.default.enumerator(atPath: root)).compactMap({ $0 as? String }) {
                let status = try Files.status("\(root)/\(name)")
                guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { continue }
                targets.append(.init(path: "\(root)/\(name)", size: Int(status.st_size), id: layer.chainID.description, isBlob: false))
            }
        }
        return targets.sorted { $0.path < $1.path }
    }

    /// Changes one bit, and nothing else about the file.
    private static func flip(_ target: Target, bit: Int) throws {
        let status = try Files.status(target.path)
        let file = open(target.path, O_RDWR | O_CLOEXEC)
        defer { close(file) }
        var byte: UInt8 = 0
        #expect(pread(file, &byte, 1, off_t(bit / 8)) == 1)
        byte ^= 1 << UInt8(bit % 8)
        #expect(pwrite(file, &byte, 1, off_t(bit / 8)) == 1)
        var times = [status.st_atim, status.st_mtim]
        futimens(file, &times)
    }

    private static func check(_ store: StoreFixture, repair: Bool = false) async throws -> [CheckImages.Finding] {
        let findings = Collected<CheckImages.Finding>()
        _ = try await store.service.checkImages(.init(repair: repair)) { findings.add($0) }
        return findings.all
    }

    @Test func everyFlippedBitIsFound() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(.twoLayers(comment: "flipped"), .gzip, "v1")
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                _ = try await store.pull("\(registry.address)/app:v1")
                let targets = try Self.targets(store)
                #expect(targets.contains(where: \.isBlob) && !targets.allSatisfy(\.isBlob))
                var draws = StoreWork.Draws(seed: 7), fetched = 0
                for number in 0..<Self.flips {
                    let target = targets[number % targets.count]
                    try Self.flip(target, bit: Int.random(in: 0..<(target.size * 8), using: &draws))
                    let sent = registry.seen.count
                    let found = try await Self.check(store)
                    #expect(found.contains { $0.id == target.id && !$0.isRepaired }, "\(target): \(found)")
                    #expect(registry.seen.count == sent)
                    let repaired = try await Self.check(store, repair: true)
                    #expect(repaired.map(\.id) == [target.id] && repaired.allSatisfy(\.isRepaired), "\(target): \(repaired)")
                    // Of the registry's blobs only the damaged one, and for a layer's file nothing at all.
                    let asked = registry.seen[sent...].filter { $0.path.contains("/blobs/") && $0.method == "GET" }
                    #expect(asked.map { $0.path.contains(target.id) } == (target.isBlob ? [true] : []), "\(asked)")
                    fetched += asked.count
                }
                #expect(fetched == (0..<Self.flips).filter { targets[$0 % targets.count].isBlob }.count)
                #expect(try await Self.check(store) == [])
            }
        }
    }
}
