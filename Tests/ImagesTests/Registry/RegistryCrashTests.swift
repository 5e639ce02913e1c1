// kill -9 at every named place of a pull and a push, and at any moment: nothing half there, and the next attempt succeeds.
import Contracts
import Foundation
@testable import ImagesServer
import Models
import RPC
import Testing
import TestSupport

/// One place to die at.
struct RegistryCrash: Sendable, CustomTestStringConvertible {
    var fault: String
    /// The registry cuts the connection after so many bytes of a blob.
    var cut: Int?
    var testDescription: String { "dies at \(fault)" }

    init(_ fault: StaticString, nth: Int = 1, cutAfter cut: Int? = nil) {
        self.fault = "\(fault):\(nth)"
        self.cut = cut
    }

    static let pulls: [RegistryCrash] = [
        .init(RegistryFault.manifestChosen), .init(RegistryFault.downloadBegun), .init(RegistryFault.downloadBegun, nth: 3),
        .init(RegistryFault.downloadWritten), .init(RegistryFault.downloadWritten, nth: 20),
        .init(RegistryFault.downloadDurable, cutAfter: 700_000), .init(RegistryFault.downloadComplete),
        .init(RegistryFault.downloadComplete, nth: 3), .init(ImageFault.intentOpened), .init(ImageFault.layerUnpacked, nth: 2),
        .init(ImageFault.layerSynced), .init(ImageFault.layerRenamed), .init(ImageFault.blobRenamed, nth: 2),
        .init(ImageFault.layerDurable), .init(ImageFault.layerRecorded, nth: 3), .init(ImageFault.catalogWritten, nth: 3),
        .init(ImageFault.imageRecorded), .init(RegistryFault.pullRecorded),
    ]

    static let pushes: [RegistryCrash] = [
        .init(ImageFault.intentOpened), .init(RegistryFault.pushCompressed, nth: 2), .init(RegistryFault.pushPlanned),
        .init(RegistryFault.uploadBegun), .init(RegistryFault.uploadSent), .init(RegistryFault.uploadSent, nth: 3),
        .init(RegistryFault.blobsPushed), .init(RegistryFault.manifestPushed), .init(RegistryFault.pushRecorded),
    ]
}

@Suite(.serialized) struct RegistryCrashTests {
    /// In full: `BERTH_TEST_KILLS=100`.
    private static let kills = ProcessInfo.processInfo.environment["BERTH_TEST_KILLS"].flatMap { Int($0) } ?? 6

    @Test func everyPlaceIsTried() {
        let pulls = Set(RegistryCrash.pulls.map { String($0.fault.prefix { $0 != ":" }) })
        let pushes = Set(RegistryCrash.pushes.map { String($0.fault.prefix { $0 != ":" }) })
        #expect(Set(RegistryFault.pull.map(\.description)).subtracting(pulls) == [])
        #expect(Set(RegistryFault.push.map(\.description)).subtracting(pushes) == [])
    }

    @Test(arguments: RegistryCrash.pulls)
    func theNextPullEndsWhatWasBegun(_ crash: RegistryCrash) async throws {
        try await FaultyRegistry.with { registry in
            let image = StoreFixture.largeImage()
            try registry.image(image, .gzip, "v1")
            let name = "\(registry.address)/app:v1"
            try await TemporaryDirectory.with { directory in
                registry.misbehave { $0.cuts = [crash.cut].compactMap { $0 } }
                try await Self.die(at: crash.fault, in: directory) { try await $0.run(PullImage.self, .init(reference: name)) }
                let store = try await StoreFixture.open("\(directory)/root/images")
                try await store.expectConsistency()
                _ = try await store.pull(name)
                #expect(try await store.layers(image.id).count == 3)
                try await store.expectConsistency()
                #expect(try Files.names(store.paths.partials) == [])
            }
        }
    }

    @Test(arguments: RegistryCrash.pushes)
    func theNextPushEndsWhatWasBegun(_ crash: RegistryCrash) async throws {
        try await RegistryUnderTest.with { registry in
            try await TemporaryDirectory.with { directory in
                let name = "\(registry.address)/app:v1"
                let image = StoreFixture.largeImage()
                try await Self.seed("\(directory)/root/images", image, name)
                try await Self.die(at: crash.fault, in: directory) { try await $0.run(PushImage.self, .init(reference: name)) }
                let store = try await StoreFixture.open("\(directory)/root/images")
                try await store.expectConsistency()
                let pushed = try await store.service.pushImage(.init(reference: name)) { _ in }
                let digest = try #require(pushed.images.first).digest
                try await store.expectConsistency()
                try await StoreFixture.with { other in
                    _ = try await other.pull("\(registry.address)/app@\(digest)")
                    #expect(try other.service.inspectImage(image.id).config == image.config)
                }
            }
        }
    }

    @Test func anyMomentWillDo() async throws {
        try await RegistryUnderTest.with { registry in
            try await TemporaryDirectory.with { directory in
                let image = StoreFixture.largeImage(size: 12_000_000)
                let name = "\(registry.address)/app"
                try await StoreFixture.with { _ = try await $0.push(image, as: "\(name):v1") }
                for round in 0..<Self.kills {
                    let moment = Int.random(in: 0...600)
                    try await Self.killAfter(milliseconds: moment, in: directory) { process in
                        if round % 2 == 0 {
                            _ = try await process.run(PullImage.self, .init(reference: "\(name):v1"))
                        } else {
                            _ = try await process.run(PushImage.self, .init(reference: "\(name):round-\(round)"))
                        }
                    }
                    let store = try await StoreFixture.open("\(directory)/root/images")
                    try await store.expectConsistency("round \(round), after \(moment) ms")
                    _ = try await store.pull("\(name):v1")
                    try await store.expectConsistency("round \(round), after \(moment) ms and another pull")
                    if round % 2 == 1 {
                        _ = try await store.service.removeImage(.init(name: image.id, force: true))
                    } else {
                        _ = try await store.service.tagImage(.init(source: image.id, reference: "\(name):round-\(round + 1)"))
                    }
                }
            }
        }
    }

    /// The store is free again when this returns.
    private static func seed(_ root: String, _ image: TestImage, _ name: String) async throws {
        let store = try await StoreFixture.open(root)
        _ = try await store.load(try DockerArchiveBuilder.archive([(image, [name])]))
    }

    private static func die<R: Sendable>(at fault: String, in directory: String, _ body: (ServiceProcess) async throws -> R) async throws {
        let process = try await ServiceProcess.start(in: directory, fault: fault)
        await #expect(throws: (any Error).self, "the service lives on past \(fault)") { try await body(process) }
        #expect(try await process.signal() == 9)
    }

    private static func killAfter(
        milliseconds: Int, in directory: String, _ body: @escaping @Sendable (ServiceProcess) async throws -> Void
    ) async throws {
        let process = try await ServiceProcess.start(in: directory)
        let work = Task { try await body(process) }
        await Blocking.pause(milliseconds: milliseconds)
        try await process.die()
        _ = await work.result
    }
}
