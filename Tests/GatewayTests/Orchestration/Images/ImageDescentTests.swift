// Which images descend from others, and the containers of which are listed by that.
import Contracts
import GatewayBackends
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct ImageDescentTests {
    private func image(_ id: String, from parent: String = "") -> ImageRecord {
        ImageRecord(id: id, tags: [], digests: [], config: [], manifestDigest: "", size: 0, lastTaggedAt: 0, parent: parent)
    }

    @Test(
        arguments: [
            (["a"], ["a", "b", "c", "d"]), (["b"], ["b", "c"]), (["e", "c"], ["e", "c"]), (["x"], ["x"]), ([], []),
        ] as [(Set<String>, Set<String>)])
    func descendants(of ids: Set<String>, expected: Set<String>) {
        let images = [image("c", from: "b"), image("b", from: "a"), image("a"), image("d", from: "a"), image("e")]
        #expect(ImageDescent.descendants(of: ids, among: images) == expected)
    }

    @Test func namesAreResolvedAsByInspect() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        func listed(_ names: [String]) async throws -> [String] {
            try await test.engine.list(.init(all: true, filters: Filters(["ancestor": names])), context: .fresh()).map(\.id)
        }
        #expect(try await listed(["busybox:latest"]) == [id])
        #expect(try await listed(["nope", FakeImages.imageID]) == [id])
        #expect(try await listed(["nope"]).isEmpty)
        await test.close()
    }
}
