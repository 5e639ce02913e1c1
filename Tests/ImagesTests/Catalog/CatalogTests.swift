// The catalogue: lookup, counting, garbage, and coming back from disk the same.
import Contracts
@testable import ImagesServer
import Models
import RPC
import Testing

struct CatalogLookupTests {
    static let digest = "sha256:" + String(repeating: "d", count: 64)

    private func catalog() throws -> Catalog {
        Catalog([
            Rows.image("a"), Rows.image("b"), try Rows.name("app", "a"), try Rows.name("app:v1", "b"),
            try Rows.name("user/app@\(Self.digest)", "b"),
            try Rows.name("bbb", "a"),
        ])
    }

    @Test(
        arguments: [
            ("app", "a"), ("app:latest", "a"), ("docker.io/library/app", "a"), ("app:v1", "b"), ("user/app@\(digest)", "b"),
            ("user/app:any@\(digest)", "b"), ("aaaa", "a"), ("sha256:aa", "a"), (String(repeating: "a", count: 64), "a"),
            ("sha256:" + String(repeating: "b", count: 64), "b"), ("bbb", "a"), ("bbbb", "b"),
        ] as [(String, Character)])
    func finds(_ name: String, _ id: Character) throws {
        #expect(try catalog().image(named: name).id == ContentDigestFixture.digest(id))
    }

    @Test(arguments: [
        ("x", RPCError(.notFound, "No such image: x:latest")), ("a.b/c:d", RPCError(.notFound, "No such image: a.b/c:d")),
        ("app:v2", RPCError(.notFound, "No such image: app:v2")), ("dead", RPCError(.notFound, "No such image: dead:latest")),
        (String(repeating: "f", count: 64), RPCError(.notFound, "No such image: " + String(repeating: "f", count: 64))),
        ("app@\(digest)", RPCError(.notFound, "No such image: app@\(digest)")),
        ("App", RPCError(.invalidParameter, "invalid reference format: repository name (library/App) must be lowercase")),
        ("", RPCError(.invalidParameter, "invalid reference format")),
    ])
    func refuses(_ name: String, _ error: RPCError) throws {
        let catalog = try catalog()
        #expect(throws: error) { try catalog.image(named: name) }
    }

    @Test func aPrefixOfSeveralIsAmbiguous() throws {
        var other = ContentDigestFixture.digest("a")
        other.hex = "aaab" + other.hex.dropFirst(4)
        let row = ImageRow(
            id: other, config: [], manifest: [], manifestDigest: nil, topLayer: nil, blobs: [], parent: nil, createdAt: 0, size: 0,
            lastTaggedAt: 0)
        let catalog = try catalog().applying([.addImage(row)])
        let error = #expect(throws: RPCError.self) { try catalog.image(named: "aaa") }
        #expect(error?.code == .invalidParameter)
        #expect(try catalog.image(named: "aaab").id == other)
    }
}

struct CatalogTests {
    static let everything: [CatalogChange] = [
        Rows.blob("8", of: "1"), Rows.blob("9", of: "2"), Rows.layer("1", link: 5), Rows.layer("2", above: "1", link: 6),
        Rows.layer("3", link: 9),
        Rows.image("a", top: "2", blobs: ["8", "9"], createdAt: 3), Rows.image("b", top: "1", blobs: ["8"], parent: "a", createdAt: 4),
        Rows.snapshot("container", "a", top: "2"), .openIntent(IntentRow(id: 4, kind: .importImage, startedAt: 5)),
        .holdLayer(ContentDigestFixture.digest("3"), intent: 4), .holdBlob(ContentDigestFixture.digest("9"), intent: 4),
    ]

    @Test func nothingInUseIsGarbage() throws {
        #expect(Catalog(Self.everything).garbage(after: []).isEmpty)
    }

    @Test func aClosedIntentLeavesWhatNothingElseNeeds() {
        let catalog = Catalog(Self.everything)
        #expect(catalog.garbage(after: [.closeIntent(4)]) == [.removeLayer(ContentDigestFixture.digest("3"))])
    }

    @Test func chainsGoFromTheTopAsFarAsTheyAreFree() {
        let catalog = Catalog(Self.everything + [.closeIntent(4)])
        let removals = catalog.garbage(after: [.removeImage(ContentDigestFixture.digest("a")), .removeSnapshot(containerID: "container")])
        #expect(
            removals == [
                .removeLayer(ContentDigestFixture.digest("2")), .removeLayer(ContentDigestFixture.digest("3")),
                .removeBlob(ContentDigestFixture.digest("9")),
            ])
    }

    /// A container's layers outlive its image: their blobs do, too, one of each.
    @Test func aLayerKeepsABlob() {
        let catalog = Catalog(Self.everything + [Rows.blob("7", of: "2"), .closeIntent(4)])
        #expect(
            catalog.garbage(after: []) == [.removeLayer(ContentDigestFixture.digest("3")), .removeBlob(ContentDigestFixture.digest("7"))])
        let removals: [CatalogChange] = [.removeImage(ContentDigestFixture.digest("a")), .removeImage(ContentDigestFixture.digest("b"))]
        let garbage = catalog.garbage(after: removals)
        #expect(garbage == [.removeLayer(ContentDigestFixture.digest("3")), .removeBlob(ContentDigestFixture.digest("9"))])
        let after = catalog.applying(removals + garbage)
        #expect(
            after.garbage(after: [.removeSnapshot(containerID: "container")]) == [
                .removeLayer(ContentDigestFixture.digest("2")), .removeLayer(ContentDigestFixture.digest("1")),
                .removeBlob(ContentDigestFixture.digest("7")), .removeBlob(ContentDigestFixture.digest("8")),
            ])
    }

    @Test func aMovedNameLeavesItsOldImage() throws {
        let catalog = Catalog(Self.everything + [try Rows.name("app", "a"), try Rows.name("app", "b", at: 99)])
        #expect(catalog.references(to: ContentDigestFixture.digest("a")).isEmpty)
        #expect(catalog.references(to: ContentDigestFixture.digest("b")).map(\.familiar) == ["app:latest"])
        #expect(catalog.images[ContentDigestFixture.digest("b")]?.lastTaggedAt == 99)
    }

    @Test func recordsAreNewestFirst() {
        #expect(Catalog(Self.everything).imageRecords.map(\.id) == ["b", "a"].map { ContentDigestFixture.digest($0).description })
    }

    @Test func snapshotsNameTheirLayersFromTheTop() throws {
        let catalog = Catalog(Self.everything)
        let row = try #require(catalog.snapshots["container"])
        #expect(
            catalog.record(of: row, paths: StorePaths(root: "/r"))
                == SnapshotRecord(
                    containerID: "container", imageID: ContentDigestFixture.digest("a").description,
                    lower: ["/r/layers/l/0", "/r/layers/l/6", "/r/layers/l/5"],
                    upper: "/r/snapshots/container/upper", work: "/r/snapshots/container/work"))
    }
}

struct CatalogStoreTests {
    @Test func comesBackFromDiskTheSame() async throws {
        try await TemporaryDirectory.with { directory in
            let names = [try Rows.name("app", "a"), try Rows.name("other@\(CatalogLookupTests.digest)", "b")]
            let store = try CatalogStore(path: "\(directory)/db")
            try await store.exclusively { try $0.commit(CatalogTests.everything + names) }
            #expect(store.catalog == Catalog(CatalogTests.everything + names))
            #expect(try CatalogStore(path: "\(directory)/db").catalog == store.catalog)
        }
    }

    @Test func aCommitThatFailsChangesNothing() async throws {
        try await TemporaryDirectory.with { directory in
            let store = try CatalogStore(path: "\(directory)/db")
            try await store.exclusively { try $0.commit(CatalogTests.everything) }
            let before = store.catalog
            // The layer is in use: the foreign key says no.
            await #expect(throws: (any Error).self) {
                try await store.exclusively {
                    try $0.commit([.removeSnapshot(containerID: "container"), .removeLayer(ContentDigestFixture.digest("1"))])
                }
            }
            #expect(store.catalog == before)
            #expect(try CatalogStore(path: "\(directory)/db").catalog == before)
        }
    }

    @Test func everyRemovalIsAcceptedByTheForeignKeys() async throws {
        try await TemporaryDirectory.with { directory in
            let store = try CatalogStore(path: "\(directory)/db")
            try await store.exclusively { session in
                try session.commit(CatalogTests.everything + [try Rows.name("app", "a")])
                let clearing: [CatalogChange] = [
                    .removeSnapshot(containerID: "container"), .closeIntent(4), .removeReference(try ImageReference(parsing: "app").key),
                    .removeImage(ContentDigestFixture.digest("a")), .removeImage(ContentDigestFixture.digest("b")),
                ]
                try session.commit(clearing + session.catalog.garbage(after: clearing))
            }
            let catalog = try CatalogStore(path: "\(directory)/db").catalog
            #expect(catalog.layers.isEmpty && catalog.blobs.isEmpty && catalog.images.isEmpty)
        }
    }
}
