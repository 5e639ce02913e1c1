// Names and removal on a real store.
import Contracts
@testable import ImagesServer
import RPC
import Testing

struct TagAndRemoveTests {
    @Test func namesMoveAndTheImageGoesWithTheLast() async throws {
        try await StoreFixture.with { store async throws in
            let first = try await store.importTar(TarBuilder().finished(), "app")
            var tar = TarBuilder()
            tar.file("x", "y")
            let second = try await store.importTar(tar.finished(), "other")
            #expect(try await store.service.tagImage(.init(source: "other", reference: "app")).untaggedImageID == first)
            let prefix = String(second.dropFirst(7).prefix(8))
            #expect(try await store.service.tagImage(.init(source: prefix, reference: "app")).untaggedImageID == nil)
            #expect(try store.service.inspectImage("app").tags == ["app:latest", "other:latest"])
            #expect(try store.service.inspectImage("app").lastTaggedAt > 0)

            #expect(try await store.service.removeImage(.init(name: "other")).steps == [.untagged("other:latest")])
            let removed = try await store.service.removeImage(.init(name: "app"))
            #expect(removed.imageID == second && removed.steps.count == 3)
            #expect(try await store.service.removeImage(.init(name: first)).steps.count == 2)
            #expect(try store.contents().isEmpty)
        }
    }

    @Test(arguments: [
        ("x@sha256:" + String(repeating: "a", count: 64), "refusing to create a tag with a digest reference"),
        ("sha256:abc", "refusing to create an ambiguous tag using digest algorithm as name"),
        ("BAD", "invalid reference format: repository name (library/BAD) must be lowercase"),
    ])
    func refusesATag(_ reference: String, _ words: String) async throws {
        try await StoreFixture.with { store async throws in
            try await store.importTar(TarBuilder().finished(), "app")
            let error = await #expect(throws: RPCError.self) {
                try await store.service.tagImage(.init(source: "app", reference: reference))
            }
            #expect(error == RPCError(.invalidParameter, words))
        }
    }

    @Test func oneServiceAtATime() async throws {
        try await StoreFixture.with { store async throws in
            _ = await #expect(throws: StoreInUse.self) { _ = try await StoreFixture.open(store.paths.root) }
        }
    }
}
