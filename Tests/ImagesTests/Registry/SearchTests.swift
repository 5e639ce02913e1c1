// Search in an index, and imports from a URL.
import Contracts
@testable import ImagesServer
import RPC
import Testing

@Suite struct SearchTests {
    @Test func anIndexIsAsked() async throws {
        try await FaultyRegistry.with { index in
            index.file(
                "/v1/search",
                Array(
                    """
                    {"num_results":2,"query":"box","results":[
                     {"name":"box","description":"a box","star_count":7,"is_official":true,"is_automated":false},
                     {"name":"other","pull_count":3}]}
                    """.utf8))
            index.misbehave { $0.login = "me:secret" }
            try await StoreFixture.with { store in
                let credentials = RegistryCredentials(username: "me", password: "secret")
                let answer = try await store.service.searchImages(
                    .init(term: "\(index.address)/box", limit: 25, credentials: credentials))
                #expect(
                    answer.found == [
                        .init(name: "box", description: "a box", stars: 7, isOfficial: true, isAutomated: false),
                        .init(name: "other", description: "", stars: 0, isOfficial: false, isAutomated: false),
                    ])
                #expect(
                    try await store.service.searchImages(
                        .init(term: "\(index.address)/box", limit: 1, credentials: credentials)
                    ).found.count == 1)
                await #expect(throws: RPCError(.internalError, "Unexpected status code 401")) {
                    try await store.service.searchImages(.init(term: "\(index.address)/box", limit: 25))
                }
                await #expect(throws: RPCError(.invalidParameter, "Limit 101 is outside the range of [1, 100]")) {
                    try await store.service.searchImages(.init(term: "box", limit: 101))
                }
            }
        }
    }

    @Test func aTermNamesItsIndex() throws {
        for (term, authority, rest) in [
            ("box", "index.docker.io", "box"), ("team/box", "index.docker.io", "team/box"), ("library/box", "index.docker.io", "box"),
            ("docker.io/library/box", "index.docker.io", "box"), ("localhost/box", "localhost", "box"),
            ("a.example:5000/team/box", "a.example:5000", "team/box"),
        ] {
            let parts = try IndexSearch.parts(term)
            #expect(parts.authority == authority && parts.term == rest, "\(term)")
        }
        #expect(throws: RPCError.self) { try IndexSearch.parts("https://example.org/box") }
    }

    @Test func anArchiveIsImportedFromItsURL() async throws {
        try await FaultyRegistry.with { server in
            let tar = TestImage.twoLayers().layers[0]
            server.file("/root.tar", try Compressed.bytes(tar, .gzip))
            try await StoreFixture.with { store in
                // Without a scheme, as users write it.
                let progress = Collected<ImageProgress>()
                let answer = try await store.service.importImage(
                    .init(reference: "fetched:1", source: "\(server.address)/root.tar"), input: StoreFixture.pieces([])
                ) { progress.add($0) }
                #expect(progress.all.map(\.status) == ["Downloading from http://\(server.address)/root.tar", answer.imageID])
                #expect(try Files.text("\(try await store.layers(answer.imageID)[0])/etc/base") == "base of every image")
                let words = "failed to GET http://\(server.address)/v2/none/none/none with status 404 Not Found: "
                await #expect(throws: RPCError(.notFound, words)) {
                    try await store.service.importImage(
                        .init(reference: nil, source: "http://\(server.address)/v2/none/none/none"), input: StoreFixture.pieces([])
                    ) { _ in }
                }
                await #expect(throws: RPCError.self) {
                    try await store.service.importImage(.init(reference: nil, source: "ftp://x/y"), input: StoreFixture.pieces([])) { _ in }
                }
                try await store.expectConsistency()
            }
        }
    }

    @Test(arguments: [" ", "http:// ", "\0", "http://a\u{7f}/", "http://", "a b/c.tar", "http://a b/", "http:///x", "ftp://host/x"])
    func whatIsNoURLIsRefused(source: String) async throws {
        try await StoreFixture.with { store in
            let failure = await #expect(throws: RPCError.self) {
                try await store.service.importImage(.init(reference: nil, source: source), input: StoreFixture.pieces([])) { _ in }
            }
            #expect(failure?.code == .invalidParameter)
        }
    }
}
