// Finding containers by ID, prefix and name; names in dispute.
import Contracts
import Models
import RPC
import Testing

@testable import GatewayState

extension ContainerRecord {
    /// A record with nothing but an ID and a name.
    static func sample(_ id: String, _ name: String) -> ContainerRecord {
        ContainerRecord(
            ContainerDefinition(
                id: id, name: name, createdAt: 1, path: "sh", arguments: [], config: ContainerConfig(), hostConfig: HostConfig(),
                imageID: "sha256:1", platform: "linux", manifestDigest: "", logPath: "",
                snapshot: SnapshotRecord(containerID: id, imageID: "sha256:1", lower: [], upper: "", work: ""), mounts: [], endpoints: [:]))
    }
}

struct SortedIDsTests {
    @Test(arguments: [
        ("", PrefixMatch.none), ("a", .ambiguous), ("ab", .ambiguous), ("abc", .one("abc")), ("abd", .one("abde")), ("b", .one("bcd")),
        ("bcde", .none), ("z", .none), ("0", .none),
    ])
    func prefixes(prefix: String, match: PrefixMatch) {
        #expect(SortedIDs(["abcd", "bcd", "abc", "abde", "abc"]).match(prefix) == match)
    }

    @Test func staysSortedUnderChange() {
        var generator = SystemRandomNumberGenerator()
        var ids = SortedIDs()
        var model: Set<String> = []
        for _ in 0..<2000 {
            let id = String(UInt8.random(in: 0...255, using: &generator), radix: 16)
            if Bool.random(using: &generator) {
                ids.insert(id)
                model.insert(id)
            } else {
                ids.remove(id)
                model.remove(id)
            }
        }
        #expect(ids.ids == model.sorted())
        for prefix in ["1", "a", "f", "ff"] {
            let matches = model.filter { $0.hasPrefix(prefix) }
            let expected: PrefixMatch =
                model.contains(prefix) ? .one(prefix) : matches.count > 1 ? .ambiguous : matches.first.map { .one($0) } ?? .none
            #expect(ids.match(prefix) == expected)
        }
    }
}

struct ContainerIndexTests {
    private func index() -> ContainerIndex { ContainerIndex([.sample("aa11", "web"), .sample("aa22", "db"), .sample("bb33", "aa1")]) }

    @Test(arguments: [("aa11", "aa11"), ("web", "aa11"), ("/web", "aa11"), ("aa2", "aa22"), ("bb", "bb33"), ("aa1", "bb33")])
    func finds(reference: String, id: String) throws {
        #expect(try index().find(reference).id == id)
    }

    @Test func saysWhatItDoesNotFind() {
        #expect(throws: RPCError(.notFound, "No such container: nope")) { try index().find("nope") }
        #expect(throws: RPCError(.notFound, "No such container: ")) { try index().find("") }
        #expect(throws: RPCError(.invalidParameter, "multiple IDs found with provided prefix: aa")) { try index().find("aa") }
    }

    @Test func namesAreReservedBeforeTheirContainerExists() throws {
        var index = index()
        try index.reserve(name: "new", for: "cc")
        #expect(throws: RPCError(.notFound, "No such container: new")) { try index.find("new") }
        #expect(
            throws: RPCError(
                .conflict,
                "Conflict. The container name \"/new\" is already in use by container \"cc\". "
                    + "You have to remove (or rename) that container to be able to reuse that name.")
        ) { try index.reserve(name: "new", for: "dd") }
        index.release(name: "new", of: "dd")
        #expect(throws: RPCError.self) { try index.reserve(name: "new", for: "dd") }
        index.release(name: "new", of: "cc")
        try index.reserve(name: "new", for: "dd")
    }

    @Test func whatWasMadeOfARecordIsForgottenWhenItChanges() throws {
        var index = index()
        let first = try #require(index["aa11"]).memo
        #expect(first.bytes(1) { [1] } == [1] && first.bytes(1) { [2] } == [1] && first.bytes(2) { [3] } == [3])
        #expect(try #require(index["aa11"]).memo.bytes(1) { [4] } == [1])
        index.put(.sample("aa11", "front"))
        #expect(try #require(index["aa11"]).memo.bytes(1) { [5] } == [5])
        #expect(try #require(index["aa22"]).memo.bytes(1) { [6] } == [6])
    }

    @Test func renameAndRemovalFreeTheName() throws {
        var index = index()
        try index.reserve(name: "front", for: "aa11")
        index.put(.sample("aa11", "front"))
        try index.reserve(name: "web", for: "ee")
        index.remove("aa11")
        try index.reserve(name: "front", for: "ee")
        #expect(throws: RPCError.self) { try index.find("aa11") }
        #expect(index.count == 2)
    }
}

struct ContainerNameTests {
    @Test(arguments: [("web", "web"), ("/web", "web"), ("a.b-c_D9", "a.b-c_D9"), ("0x", "0x")])
    func valid(text: String, name: String) throws {
        #expect(try ContainerName.parse(text) == name)
    }

    @Test(arguments: ["", "/", "a", "-ab", ".ab", "a b", "//ab", "ab/c", "ä1", "ab\n"])
    func invalid(text: String) {
        #expect(throws: RPCError(.invalidParameter, "Invalid container name (\(text)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")) {
            try ContainerName.parse(text)
        }
    }

    @Test func randomNamesAreValidAndGetDigitsInTheEnd() throws {
        var generator = SystemRandomNumberGenerator()
        for attempt in 0..<200 {
            let name = RandomName.make(attempt: attempt % 5, using: &generator)
            #expect(try ContainerName.parse(name) == name)
            #expect(name.contains("_"))
            #expect((name.last?.isNumber == true) == (attempt % 5 >= 3))
        }
        #expect(Set(RandomName.adjectives).count == RandomName.adjectives.count)
        #expect(Set(RandomName.surnames).count == RandomName.surnames.count)
    }
}
