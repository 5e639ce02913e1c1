// Saved images: what is in the archive, and that it loads as the same images.
import Contracts
@testable import ImagesServer
import Models
import RPC
import Synchronization
import Testing

struct SaveTests {
    private func save(_ store: StoreFixture, _ names: String...) async throws -> [UInt8] {
        let bytes = Mutex<[UInt8]>([])
        _ = try await store.service.saveImages(.init(names: names)) { chunk in bytes.withLock { $0 += chunk.bytes } }
        return bytes.withLock { $0 }
    }

    @Test func aRoundTripKeepsEverything() async throws {
        try await StoreFixture.with { store in
            _ = try await store.load(try DockerArchiveBuilder.archive([(.twoLayers(), ["app:1", "app:2"])]))
            var tar = TarBuilder()
            tar.file("x", "other")
            try await store.importTar(tar.finished(), "other")
            let archive = try await save(store, "app:1", "app:2", "other")
            let again = try await save(store, "app", "other")
            #expect(archive == again)
            try await StoreFixture.with { second in
                _ = try await second.load(archive)
                let (mine, theirs) = (store.service.listImages().images, second.service.listImages().images)
                #expect(Set(mine.map(\.id)) == Set(theirs.map(\.id)) && Set(mine.flatMap(\.tags)) == Set(theirs.flatMap(\.tags)))
                #expect(Set(mine.map(\.config)) == Set(theirs.map(\.config)))
            }
        }
    }

    @Test func theLayoutIsBothOCIsAndDockers() async throws {
        try await StoreFixture.with { store in
            var tar = TarBuilder()
            tar.file("x", "content")
            let id = try await store.importTar(tar.finished(), "app:1")
            let files = try ArchivedFile.all(try await save(store, "app:1"))
            let names = files.map(\.name)
            #expect(Set(names).isSuperset(of: ["blobs/sha256/", "index.json", "manifest.json", "oci-layout", "repositories"]))
            #expect(files.first { $0.name == "oci-layout" }?.text == #"{"imageLayoutVersion":"1.0.0"}"#)
            let manifest = try #require(files.first { $0.name == "manifest.json" }?.text)
            #expect(manifest.contains(#""RepoTags":["app:1"]"#) && manifest.contains("blobs/sha256/\(id.dropFirst(7))"))
            let index = try #require(files.first { $0.name == "index.json" }?.text)
            #expect(index.contains(#""io.containerd.image.name":"docker.io/library/app:1""#))
            for file in files where file.name.hasPrefix("blobs/sha256/") && file.entry.kind == .file {
                #expect(ContentDigest(of: file.data).hex == file.name.dropFirst("blobs/sha256/".count))
            }
            let byID = try ArchivedFile.all(try await save(store, id))
            #expect(!byID.map(\.name).contains("repositories"))
        }
    }

    @Test func whatIsNotThereIsSaidBeforeTheFirstByte() async throws {
        try await StoreFixture.with { store in
            let error = await #expect(throws: RPCError.self) { _ = try await save(store, "nothing") }
            #expect(error == RPCError(.notFound, "No such image: nothing"))
        }
    }
}
