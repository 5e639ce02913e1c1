// Which images a list shows: names, danglers, and what others were made from.
import Contracts
import Foundation
import GatewayBackends
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct ImageFilterTests {
    private static func image(_ id: String, tags: [String] = [], digests: [String] = [], parent: String = "") throws -> DescribedImage {
        let record = ImageRecord(
            id: id, tags: tags, digests: digests, config: Array("{}".utf8), manifestDigest: "", size: 1, lastTaggedAt: 0, parent: parent)
        return DescribedImage(record: record, document: try JSONDecoder().decode(ImageDocument.self, from: Data("{}".utf8)))
    }

    /// `base` was renamed away and `child` made from it; `left` is alone; `pulled` has a digest only.
    private static func images() throws -> [DescribedImage] {
        [
            try image("base"), try image("child", tags: ["child:1"], parent: "base"), try image("left"),
            try image("pulled", digests: ["app@sha256:" + String(repeating: "a", count: 64)]),
        ]
    }

    @Test(arguments: [
        (false, [:], ["child", "left", "pulled"]), (true, [:], ["base", "child", "left", "pulled"]),
        (false, ["dangling": ["true"]], ["left", "pulled"]), (true, ["dangling": ["true"]], ["left", "pulled"]),
        (false, ["dangling": ["false"]], ["child", "pulled"]), (false, ["reference": ["child"]], ["child"]),
        (false, ["reference": ["[b-d]hild:[1]"]], ["child"]),
    ])
    func shows(all: Bool, filters: [String: [String]], ids: [String]) throws {
        let images = try Self.images()
        let filter = try ImageFilter(Filters(filters), images: images, all: all, now: 0)
        #expect(images.filter(filter.matches).map(\.record.id) == ids)
    }

    @Test(arguments: ["[", "a[", "[]", "[a", "a\\", "[a\\"])
    func whatIsNoPatternIsSaid(text: String) {
        #expect(throws: RPCError(.invalidParameter, "syntax error in pattern")) {
            _ = try ImageFilter(Filters(["reference": [text]]), images: [], now: 0)
        }
        #expect(!Glob.isPattern(text) && Glob.isPattern("a*[^b-c]?\\[") && Glob.isPattern("[!x]"))
    }
}
