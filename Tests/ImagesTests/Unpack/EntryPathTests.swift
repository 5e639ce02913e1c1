// Names of entries, cleaned lexically; whiteouts by their names.
@testable import ImagesServer
import Testing

struct EntryPathTests {
    @Test(arguments: [
        ("a", ".", "a"), ("./a", ".", "a"), ("/a", ".", "a"), ("a/b/c", "a/b", "c"), ("a//b/", "a", "b"), ("a/./b", "a", "b"),
        ("a/../b", ".", "b"), (".", ".", "."), ("/", ".", "."), ("", ".", "."), ("a/..", ".", "."), ("a/b/../../c/d", "c", "d"),
    ])
    func cleans(_ text: String, _ parent: String, _ name: String) throws {
        let path = try #require(EntryPath(RawPath(text)))
        #expect(path.parent == RawPath(parent))
        #expect(path.name == RawPath(name))
        #expect(path.isRoot == (name == "."))
    }

    @Test(arguments: [
        "..", "../a", "a/../..", "/..", "a/../../b", String(repeating: "n", count: 256),
        String(repeating: "n/", count: 2100),
    ])
    func refuses(_ text: String) {
        #expect(EntryPath(RawPath(text)) == nil)
    }

    @Test func namesItsAncestors() throws {
        #expect(try #require(EntryPath("a/b/c/d")).ancestors == ["a", "a/b", "a/b/c"])
        #expect(try #require(EntryPath("a")).ancestors.isEmpty)
    }
}

struct WhiteoutTests {
    @Test(arguments: [
        ("file", Whiteout.none), (".wh.file", .hides("file")), (".wh..hidden", .hides(".hidden")), (".wh..wh..opq", .opaque),
        (".wh..wh.plnk", .bookkeeping), (".wh.", .none), (".wh..", .none), (".wh...", .none), ("x.wh.file", .none),
    ])
    func isToldByTheName(_ name: String, _ expected: Whiteout) {
        #expect(Whiteout(name: RawPath(name)) == expected)
    }

    @Test(arguments: [("trusted.overlay.redirect", true), ("user.overlay.opaque", true), ("trusted.other", false), ("user.note", false)])
    func reservesOverlaysAttributes(_ name: String, _ isReserved: Bool) {
        #expect(OverlayAttribute.isReserved(name) == isReserved)
    }
}
