// kill -9 at every named place: the next start finds no half image and leaves no file that nothing claims.
import Contracts
import Glibc
@testable import ImagesServer
import Models
import RPC
import RPCNIO
import Testing
import TestSupport

/// One place to die at, and the request that leads there.
struct CrashCase: Sendable, CustomTestStringConvertible {
    enum Request: Sendable {
        case importImage, loadImages, removeImage, prepareSnapshot, removeSnapshot, leaseImage, createVolume, fillVolume, removeVolume
    }

    var fault: String
    var request: Request
    var testDescription: String { "\(request) dies at \(fault)" }

    init(_ fault: StaticString, _ request: Request, nth: Int = 1) {
        self.fault = "\(fault):\(nth)"
        self.request = request
    }

    static let all: [CrashCase] = [
        .init(ImageFault.catalogWritten, .importImage), .init(ImageFault.catalogWritten, .importImage, nth: 2),
        .init(ImageFault.catalogWritten, .importImage, nth: 3), .init(ImageFault.catalogWritten, .importImage, nth: 4),
        .init(ImageFault.intentOpened, .importImage), .init(ImageFault.layerUnpacked, .importImage),
        .init(ImageFault.layerSynced, .importImage),
        .init(ImageFault.layerRenamed, .importImage), .init(ImageFault.blobRenamed, .importImage),
        .init(ImageFault.layerDurable, .importImage),
        .init(ImageFault.layerRecorded, .importImage), .init(ImageFault.imageRecorded, .importImage),
        .init(ImageFault.archiveSpooled, .loadImages), .init(ImageFault.layerRecorded, .loadImages),
        .init(ImageFault.layerRenamed, .loadImages, nth: 2), .init(ImageFault.imageRecorded, .loadImages),
        .init(ImageFault.catalogWritten, .removeImage), .init(ImageFault.removalRecorded, .removeImage),
        .init(ImageFault.removalTrashed, .removeImage), .init(ImageFault.removalTrashed, .removeImage, nth: 2),
        .init(ImageFault.snapshotMade, .prepareSnapshot), .init(ImageFault.catalogWritten, .prepareSnapshot),
        .init(ImageFault.snapshotRecorded, .prepareSnapshot), .init(ImageFault.catalogWritten, .removeSnapshot),
        .init(ImageFault.snapshotForgotten, .removeSnapshot), .init(ImageFault.snapshotTrashed, .removeSnapshot),
        .init(ImageFault.catalogWritten, .leaseImage),
        .init(ImageFault.volumeMade, .createVolume), .init(ImageFault.catalogWritten, .createVolume),
        .init(ImageFault.volumeRecorded, .createVolume), .init(ImageFault.catalogWritten, .removeVolume),
        .init(ImageFault.volumeCopied, .fillVolume), .init(ImageFault.volumeFilled, .fillVolume),
        .init(ImageFault.volumeMoved, .fillVolume), .init(ImageFault.volumeMoved, .fillVolume, nth: 2),
        .init(ImageFault.volumeForgotten, .removeVolume), .init(ImageFault.volumeTrashed, .removeVolume),
    ]
}

@Suite(.serialized)
struct CrashTests {
    @Test(arguments: CrashCase.all)
    func theNextStartConverges(_ crash: CrashCase) async throws {
        try await TemporaryDirectory.with { directory in
            let root = "\(directory)/root/images"
            let seed = try await Self.seed(root)
            let process = try await ServiceProcess.start(in: directory, fault: crash.fault)
            await #expect(throws: (any Error).self) { try await Self.request(crash.request, process.connection, seed) }
            #expect(try await process.signal() == SIGKILL)

            let store = try await StoreFixture.open(root)
            try await Self.check(store, seed, crash.request)
            try await Self.again(crash.request, store, seed)
            try await Self.check(store, seed, crash.request)
        }
    }

    @Test func everyPlaceIsTried() {
        let tried = Set(CrashCase.all.map { String($0.fault.prefix { $0 != ":" }) })
        #expect(Set(ImageFault.all.map(\.description)).subtracting(tried) == [])
    }

    private struct Seed {
        var id: String
        var victim: String
    }

    private static func tar(_ content: String) -> [UInt8] {
        var tar = TarBuilder()
        tar.file("file", content)
        tar.file("data/one", content)
        tar.file("data/two/three", content)
        return tar.finished()
    }

    /// An image that has to survive, one to be removed, and a container's snapshot.
    private static func seed(_ root: String) async throws -> Seed {
        let store = try await StoreFixture.open(root)
        let id = try await store.importTar(tar("seed"), "seed")
        let victim = try await store.importTar(tar("victim"), "victim")
        _ = try await store.service.prepareSnapshot(.init(containerID: "seeded", imageID: id))
        _ = try await store.service.createVolume(.init(name: "seeded", labels: ["a": "b"]))
        return Seed(id: id, victim: victim)
    }

    private static let fill = FillVolume.Request(volume: "seeded", containerID: "seeded", path: "/data", copies: true)

    private static func request(_ request: CrashCase.Request, _ connection: RPCConnection, _ seed: Seed) async throws {
        switch request {
        case .importImage: try await upload(ImportImage.self, .init(reference: "new"), tar("new"), connection)
        case .loadImages:
            try await upload(LoadImages.self, .init(), try DockerArchiveBuilder.archive([(.twoLayers(), ["loaded"])]), connection)
        case .removeImage: _ = try await connection.call(RemoveImage.self, .init(name: "victim"))
        case .prepareSnapshot: _ = try await connection.call(PrepareSnapshot.self, .init(containerID: "new", imageID: seed.id))
        case .removeSnapshot: _ = try await connection.call(RemoveSnapshot.self, .init(containerID: "seeded"))
        case .leaseImage: _ = try await connection.call(LeaseImage.self, .init(containerID: "seeded", image: "victim"))
        case .createVolume: _ = try await connection.call(CreateVolume.self, .init(name: "new"))
        case .fillVolume: _ = try await connection.call(FillVolume.self, fill)
        case .removeVolume: _ = try await connection.call(RemoveVolume.self, .init(name: "seeded"))
        }
    }

    private static func upload<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, _ bytes: [UInt8], _ connection: RPCConnection
    ) async throws where M.Inbound == ArchiveChunk {
        let stream = try await connection.stream(method, request)
        for await piece in StoreFixture.pieces(bytes) { try await stream.send(ArchiveChunk(bytes: piece)) }
        try await stream.finish()
        _ = try await stream.response()
    }

    /// The same request again, whatever came of it the first time.
    private static func again(_ request: CrashCase.Request, _ store: StoreFixture, _ seed: Seed) async throws {
        switch request {
        case .importImage: try await store.importTar(tar("new"), "new")
        case .loadImages:
            try await _ = store.load(try DockerArchiveBuilder.archive([(.twoLayers(), ["loaded"])]))
            #expect(try await store.layers(try store.service.inspectImage("loaded").id).count == 2)
        case .removeImage:
            if (try? store.service.inspectImage("victim")) != nil { _ = try await store.service.removeImage(.init(name: "victim")) }
            #expect(throws: (any Error).self) { try store.service.inspectImage(seed.victim) }
        case .prepareSnapshot: _ = try await store.service.prepareSnapshot(.init(containerID: "new", imageID: seed.id))
        case .removeSnapshot: try await store.service.removeSnapshot(.init(containerID: "seeded"))
        case .leaseImage:
            let lease = try await store.service.leaseImage(.init(containerID: "seeded", image: "victim"))
            _ = try await store.service.removeImage(.init(name: "victim"))
            #expect(lease.layers.allSatisfy { Files.exists("\($0)/") })
        case .createVolume: _ = try await store.service.createVolume(.init(name: "new"))
        case .fillVolume:
            let data = store.paths.volumeData("seeded")
            let before = try Files.names(data)
            try await store.service.fillVolume(fill)
            #expect(try [[], ["one", "two"]].contains(before) && Files.names(data) == ["one", "two"])
            #expect(try Files.text("\(data)/one") == "seed" && Files.text("\(data)/two/three") == "seed")
        case .removeVolume:
            try? await store.service.removeVolume(.init(name: "seeded"))
            #expect(store.service.listVolumes().volumes.isEmpty)
        }
    }

    /// Records and files are the same set, nothing is half there, and what isn't concerned is untouched.
    private static func check(_ store: StoreFixture, _ seed: Seed, _ request: CrashCase.Request) async throws {
        let catalog = store.service.store.catalog.catalog
        let expected = [
            "blobs": catalog.blobs.keys.map(\.hex).sorted(), "layers": catalog.layers.keys.map(\.hex).sorted(),
            "links": catalog.layers.values.map { StorePaths.linkName($0.link) }.sorted(), "snapshots": catalog.snapshots.keys.sorted(),
        ].filter { !$0.value.isEmpty }
        #expect(try store.contents() == expected)
        #expect(catalog.intents.isEmpty && catalog.garbage(after: []).isEmpty)
        for image in catalog.images.values {
            for layer in catalog.chain(from: image.topLayer) { #expect(Files.exists("\(store.paths.link(layer.link))/")) }
        }
        for snapshot in store.service.listSnapshots().snapshots { #expect(Files.exists(snapshot.upper) && Files.exists(snapshot.work)) }
        #expect(try Files.text("\(try #require(try await store.layers(seed.id).first))/file") == "seed")
        #expect(try Files.names(store.paths.volumes) == catalog.volumes.keys.sorted())
        for name in catalog.volumes.keys { #expect(try Files.names(store.paths.volume(name)) == ["_data"]) }
        if request != .removeVolume { #expect(catalog.volumes["seeded"]?.labels == ["a": "b"]) }
        if request != .removeSnapshot { #expect(catalog.snapshots["seeded"] != nil) }
        try await eventually("the trash is empty") { try Files.names(store.paths.trash).isEmpty ? true : nil }
    }
}
