// `docker import`, from the bytes to the record.
import Contracts
import Foundation
import Glibc
@testable import ImagesServer
import Models
import RPC
import Testing

struct ImportTests {
    private func rootfs() -> [UInt8] {
        var tar = TarBuilder()
        tar.directory("bin")
        tar.file("bin/sh", "#!", .init(mode: 0o755, uid: 3, records: [("SCHILY.xattr.user.note", [7])]))
        return tar.finished()
    }

    @Test(arguments: Compressed.Format.allCases)
    func makesAnImageOfOneLayer(_ format: Compressed.Format) async throws {
        try await StoreFixture.with { store async throws in
            let plain = rootfs(), bytes = try Compressed.bytes(plain, format)
            let id = try await store.importTar(bytes, "app:v1", changes: ["CMD [\"sh\"]", "ENV A=b"], platform: "linux/arm64")
            let record = try store.service.inspectImage("app:v1")
            #expect(record.id == id && record.tags == ["app:v1"] && record.size == 2 && record.manifestDigest.isEmpty)
            #expect(ContentDigest(of: record.config).description == id)
            let image = try JSONDecoder().decode(OCIImage.self, from: Data(record.config))
            #expect(image.rootfs?.diffIDs == [ContentDigest(of: plain)])
            #expect(image.platform?.description == "linux/arm64")
            #expect(image.config?.cmd == ["sh"] && image.config?.env == ["A=b"])
            #expect(image.comment == "Imported from -" && image.history?.count == 1)

            let layer = try #require(try await store.layers(id).first)
            let status = try Files.status("\(layer)/bin/sh")
            #expect(status.st_mode & 0o777 == 0o755 && status.st_uid == 3)
            // What registries take is kept as it came; the rest is kept decompressed.
            let kept = format == .xz || format == .bzip2 ? plain : bytes
            #expect(try Files.names(store.paths.blobs) == [ContentDigest(of: kept).hex])
            #expect(try Data(contentsOf: URL(filePath: store.paths.blob(ContentDigest(of: kept).hex))) == Data(kept))
        }
    }

    @Test func reportsTheID() async throws {
        try await StoreFixture.with { store async throws in
            let progress = Collected<ImageProgress>()
            let id = try await store.service.importImage(.init(reference: nil, message: "mine"), input: StoreFixture.pieces(rootfs())) {
                progress.add($0)
            }.imageID
            #expect(progress.all == [ImageProgress(status: id)])
            let record = try store.service.inspectImage(id)
            #expect(record.tags.isEmpty && record.lastTaggedAt == 0)
            #expect(try JSONDecoder().decode(OCIImage.self, from: Data(record.config)).comment == "mine")
        }
    }

    @Test func theSameTreeIsKeptOnce() async throws {
        try await StoreFixture.with { store async throws in
            let first = try await store.importTar(rootfs(), "a"), second = try await store.importTar(rootfs(), "b")
            #expect(first != second)
            #expect(try store.contents()["layers"]?.count == 1)
            #expect(try store.contents()["blobs"]?.count == 1)
            #expect(try await store.layers(first) == store.layers(second))
        }
    }

    @Test func anImportThatTakesANameLeavesTheOldImageWithoutOne() async throws {
        try await StoreFixture.with { store async throws in
            let first = try await store.importTar(rootfs(), "app")
            let second = try await store.importTar(TarBuilder().finished(), "app")
            #expect(try store.service.inspectImage("app").id == second)
            #expect(try store.service.inspectImage(first).tags.isEmpty)
        }
    }

    static let refused: [(ImportImage.Request, String)] = [
        (.init(reference: "Bad"), "invalid reference format: repository name (library/Bad) must be lowercase"),
        (.init(reference: "a@sha256:" + String(repeating: "a", count: 64)), "cannot import digest reference"),
        (.init(reference: nil, changes: ["RUN x"]), "run is not a valid change command"),
        (.init(reference: nil, platform: "a/b/c/d"), #""a/b/c/d": cannot parse platform specifier: invalid argument"#),
        (.init(reference: nil, platform: "windows/amd64"), "operating system is not supported"),
        (.init(reference: nil, platform: "macos"), "operating system is not supported"),
        (.init(reference: nil, platform: "nintendo64"), #""nintendo64": unknown operating system or architecture: invalid argument"#),
        (
            .init(reference: nil, platform: "/"),
            #""" is an invalid OS component of "/": OSAndVersion specifier component must match "#
                + #""^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$": invalid argument"#
        ),
    ]

    @Test(arguments: refused)
    func refusesBeforeReading(_ request: ImportImage.Request, _ words: String) async throws {
        try await StoreFixture.with { store async throws in
            let error = await #expect(throws: RPCError.self) {
                try await store.service.importImage(request, input: AsyncStream { _ in }) { _ in }
            }
            #expect(error == RPCError(.invalidParameter, words))
        }
    }

    @Test func whatFailsLeavesNothing() async throws {
        var settings = ImageSettings.standard
        settings.maximumLayerSize = 1 << 20
        try await StoreFixture.with(settings: settings) { store async throws in
            var hostile = TarBuilder(), large = TarBuilder()
            hostile.file("fine", "x")
            hostile.file("../../escape", "x")
            large.file("zeros", [UInt8](repeating: 0, count: 2 << 20))
            let garbage = Array("garbage, and more of it than fits".utf8)
            for bytes in [hostile.finished(), large.finished(), garbage, Array(rootfs().prefix(700))] {
                let error = await #expect(throws: RPCError.self) { try await store.importTar(bytes, "app") }
                #expect(error?.code == .invalidParameter)
            }
            #expect(try store.contents().isEmpty)
            #expect(store.service.listImages().images.isEmpty)
        }
    }

    @Test func anUploadThatBreaksOffLeavesNothing() async throws {
        try await StoreFixture.with { store async throws in
            let input = AsyncThrowingStream<[UInt8], any Error> { continuation in
                continuation.yield(Array(rootfs().prefix(800)))
                continuation.finish(throwing: RPCError(.cancelled, "gone"))
            }
            let error = await #expect(throws: RPCError.self) {
                try await store.service.importImage(.init(reference: "app"), input: input) { _ in }
            }
            #expect(error?.code == .cancelled)
            #expect(try store.contents().isEmpty)
        }
    }

    @Test func aCancelledImportEndsAndLeavesNothing() async throws {
        try await StoreFixture.with { store async throws in
            let (input, continuation) = AsyncStream<[UInt8]>.makeStream()
            continuation.yield(Array(rootfs().prefix(800)))
            let work = Task { try await store.service.importImage(.init(reference: "app"), input: input) { _ in } }
            work.cancel()
            await #expect(throws: RPCError.self) { try await work.value }
            #expect(try store.contents().isEmpty)
        }
    }
}
