// Images made of containers, and the account of what everything takes.
import Contracts
import Foundation
import Glibc
@testable import ImagesServer
import Models
import RPC
import Testing

struct CommitTests {
    private static func image(_ tar: inout TarBuilder) {
        tar.directory("dir")
        tar.file("dir/gone", "x")
        tar.file("dir/kept", "kept")
        tar.directory("opaque")
        tar.file("opaque/old", "x")
    }

    private func commit(
        _ fixture: FileFixture, _ reference: String? = nil, changes: [String] = [], config: String = "{}"
    ) async throws -> ImageRecord {
        let request = CommitContainer.Request(
            containerID: FileFixture.container, reference: reference, comment: "why", author: "who", changes: changes,
            config: Array(config.utf8), command: "sh -c x")
        let id = try await fixture.store.service.commitContainer(request).imageID
        return try fixture.store.service.inspectImage(id)
    }

    @Test func theChangesBecomeALayer() async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await ContainerTree(paths: fixture.store.paths, snapshot: fixture.snapshot).run { _ in
                let root = fixture.store.paths.mounts
                #expect(unlink("\(root)/dir/gone") == 0 && unlink("\(root)/opaque/old") == 0 && rmdir("\(root)/opaque") == 0)
                #expect(mkdir("\(root)/opaque", 0o755) == 0 && mkdir("\(root)/opaque/new", 0o700) == 0)
            }
            let config = #"{"Env":["A=1"],"Cmd":["sh"],"Labels":{"x":"y"}}"#
            let made = try await commit(fixture, "made:1", changes: ["ENV B=2", "CMD echo hi"], config: config)
            #expect(made.tags == ["made:1"])
            let image = try JSONDecoder().decode(OCIImage.self, from: Data(made.config))
            #expect(image.config?.env == ["A=1", "B=2"] && image.config?.cmd == ["/bin/sh", "-c", "echo hi"])
            #expect(image.author == "who" && image.comment == "why" && image.rootfs?.diffIDs.count == 2)
            #expect(image.history?.last?.createdBy == "sh -c x" && image.history?.last?.emptyLayer == nil)
            let modes = try Self.modes(fixture.store)
            #expect(modes["dir/.wh.gone"] == 0o600 && modes["opaque/.wh..wh..opq"] == 0o755)

            _ = try await fixture.store.service.prepareSnapshot(.init(containerID: "c2", imageID: made.id))
            var second = fixture
            second.files.containerID = "c2"
            let (dir, opaque) = (try await second.read("/dir"), try await second.read("/opaque"))
            #expect(dir.map(\.name) == ["dir/", "dir/kept"] && opaque.map(\.name) == ["opaque/", "opaque/new/"])
            // The new image stands on the old one.
            let base = fixture.snapshot.imageID
            let error = await #expect(throws: RPCError.self) { try await fixture.store.service.removeImage(.init(name: base, force: true)) }
            #expect(error?.message.contains("image has dependent child images") == true)
        }
    }

    /// Permissions of all entries of all layers, by name.
    private static func modes(_ store: StoreFixture) throws -> [String: UInt32] {
        var modes: [String: UInt32] = [:]
        for blob in try Files.names(store.paths.blobs) {
            let source = try PeekedSource(FileSource(path: "\(store.paths.blobs)/\(blob)"), count: Compression.prefixLength)
            let reader = try TarReader(Compression(prefix: source.prefix).decompress(source))
            while let entry = try reader.next() { modes["\(entry.name)"] = entry.mode }
        }
        return modes
    }

    @Test func nothingChangedIsNoLayer() async throws {
        try await FileFixture.with(Self.image) { fixture in
            let made = try await commit(fixture)
            let image = try JSONDecoder().decode(OCIImage.self, from: Data(made.config))
            #expect(image.rootfs?.diffIDs.count == 1 && image.history?.last?.emptyLayer == true && made.tags.isEmpty)
            #expect(try Files.names(fixture.store.paths.staging).isEmpty)
        }
    }

    @Test func badChangesAreRefused() async throws {
        try await FileFixture.with(Self.image) { fixture in
            let error = await #expect(throws: RPCError.self) { _ = try await commit(fixture, changes: ["RUN x"]) }
            #expect(error?.code == .invalidParameter)
            await #expect(throws: RPCError.self) { _ = try await commit(fixture, config: "[]") }
        }
    }

    @Test func everyByteHasAClass() async throws {
        try await FileFixture.with(Self.image) { fixture in
            let service = fixture.store.service
            _ = try await commit(fixture, "made")
            _ = try await service.createVolume(.init(name: "data"))
            try "12345".write(toFile: "\(fixture.store.paths.volumeData("data"))/file", atomically: false, encoding: .utf8)
            let measured = service.measureStore()
            #expect(measured.images.count == 2 && measured.images.allSatisfy { $0.shared == measured.layersSize })
            #expect(measured.images.filter(\.hasChildren).map(\.id) == [fixture.snapshot.imageID])
            let classes = try await service.classifyBytes().classes
            #expect((classes["volumes"] ?? 0) > 0 && classes["orphans"] == 0 && (classes["metadata"] ?? 0) > 0)
            #expect(classes.values.reduce(0, +) == (try await DiskUse.bytes(fixture.store.paths.root)))
            try "stray".write(toFile: "\(fixture.store.paths.blobs)/stray", atomically: false, encoding: .utf8)
            let after = try await service.classifyBytes().classes
            #expect((after["orphans"] ?? 0) > 0 && after["blobs"] == classes["blobs"])
        }
    }
}
