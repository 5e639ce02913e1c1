// Credentials are for the registry they were given for: nobody else that it sends its clients to gets to see them.
import Contracts
import Glibc
@testable import ImagesServer
import Models
import RPC
import Testing
import TestSupport

@Suite struct CredentialScopeTests {
    private static let credentials = RegistryCredentials(username: "me", password: "secret")

    /// Runs `body` with a registry that wants the credentials, and a stranger that would like to have them, by any challenge.
    private static func with(_ challenge: String = "Basic realm=\"x\"", _ body: @Sendable (Both) async throws -> Void) async throws {
        try await FaultyRegistry.with { registry in
            registry.misbehave { $0.login = "me:secret" }
            try await FaultyRegistry.with { stranger in
                let words = challenge.replacing("STRANGER", with: stranger.address)
                stranger.say("/x", FaultyAnswer(status: 401, headers: [("WWW-Authenticate", words)]))
                let endpoint = RegistryEndpoint(scheme: .http, authority: registry.address)
                let client = RepositoryClient(
                    access: RegistryAccess(settings: StoreFixture.quickSettings.registry), endpoint: endpoint, repository: "app",
                    scopes: [.push("app")], credentials: credentials)
                try await body(Both(registry: registry, stranger: stranger, client: client))
                #expect(stranger.seen.allSatisfy { $0.authorization == nil && $0.path != "/token" }, "\(stranger.seen)")
            }
        }
    }

    private struct Both: Sendable {
        let registry: FaultyRegistry
        let stranger: FaultyRegistry
        let client: RepositoryClient

        func redirect(_ path: String) {
            registry.say(path, FaultyAnswer(status: 307, headers: [("Location", "http://\(stranger.address)/x")]))
        }
    }

    @Test(arguments: ["Basic realm=\"x\"", "Bearer realm=\"http://STRANGER/token\",service=\"x\""])
    func aRedirectLeadsToNobodyWhoMayAsk(challenge: String) async throws {
        try await Self.with(challenge) { both in
            both.redirect("/v2/app/manifests/v1")
            both.redirect("/v2/")
            await #expect(throws: RegistryFailure.self) { try await both.client.manifest("v1", limit: 1000) }
            await #expect(throws: RegistryFailure.self) { try await both.client.probe() }
            try await StoreFixture.with { store in
                let login = RegistryCredentials(username: "me", password: "secret", serverAddress: both.registry.address)
                await #expect(throws: RPCError.self) { try await store.service.logIn(.init(credentials: login)) }
            }
            #expect(both.stranger.seen.map(\.path).allSatisfy { $0 == "/x" } && both.stranger.seen.count >= 3)
            #expect(both.registry.seen.contains { $0.authorization != nil })
        }
    }

    @Test func anUploadElsewhereGoesWithoutThem() async throws {
        try await Self.with { both in
            let place = "http://\(both.stranger.address)/upload"
            both.registry.say("/v2/app/blobs/uploads/", FaultyAnswer(status: 202, headers: [("Location", place)]))
            both.stranger.say("/upload", FaultyAnswer(status: 201))
            try await both.client.putBlob([1, 2, 3], digest: ContentDigest(of: [1, 2, 3]))
            #expect(both.stranger.seen.map(\.method) == ["PUT"])
        }
    }

    @Test func aNextPageElsewhereIsAskedForWithoutThem() async throws {
        try await Self.with { both async throws in
            let link = "<http://\(both.stranger.address)/tags>; rel=\"next\""
            both.registry.say("/v2/app/tags/list", FaultyAnswer(headers: [("Link", link)], body: Array(#"{"tags":["a"]}"#.utf8)))
            both.stranger.say("/tags", FaultyAnswer(body: Array(#"{"tags":["b"]}"#.utf8)))
            #expect(try await both.client.tags() == ["a", "b"])
        }
    }

    /// Where the original layers would have to be fetched from another registry.
    @Test func aPushShowsThemToItsTargetOnly() async throws {
        let credentials = RegistryCredentials(username: RegistryUnderTest.user, password: RegistryUnderTest.password)
        try await RegistryUnderTest.with(.withLogin) { target in
            try await FaultyRegistry.with { source in
                let image = StoreFixture.largeImage(size: 100_000)
                try source.image(image, .zstd, "v1")
                try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                    _ = try await store.load(try DockerArchiveBuilder.archive([(image, ["old:1"])]))
                    _ = try await store.pull("\(source.address)/app:v1")
                    source.misbehave { $0.login = "some:body" }
                    let before = source.seen.count
                    _ = try await store.service.tagImage(.init(source: image.id, reference: "\(target.address)/far:v1"))
                    _ = try await store.service.pushImage(.init(reference: "\(target.address)/far:v1", credentials: credentials)) { _ in }
                    let asked = source.seen[before...]
                    #expect(!asked.isEmpty && asked.allSatisfy { $0.authorization == nil }, "\(asked)")
                }
            }
        }
    }

    @Test func aRepairShowsThemToTheRegistryTheyNameOnly() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(StoreFixture.largeImage(size: 100_000), .gzip, "v1")
            try await StoreFixture.with(settings: StoreFixture.quickSettings) { store in
                _ = try await store.pull("\(registry.address)/app:v1")
                let blob = try #require(store.service.store.catalog.catalog.blobs.values.max { $0.size < $1.size })
                #expect(truncate(store.paths.blob(blob.digest.hex), 10) == 0)
                registry.misbehave { $0.login = "me:secret" }
                let before = registry.seen.count
                var credentials = Self.credentials
                credentials.serverAddress = "elsewhere.example"
                let none = try await store.service.checkImages(.init(repair: true, credentials: credentials)) { _ in }
                #expect(none.damaged > 0 && registry.seen[before...].allSatisfy { $0.authorization == nil })
                credentials.serverAddress = registry.address
                let all = try await store.service.checkImages(.init(repair: true, credentials: credentials)) { _ in }
                #expect(all.damaged == 0)
            }
        }
    }

    @Test(arguments: [
        ("https://a.example", "https://A.example:443/v2/x?y=z@w", true), ("http://a.example:80", "http://a.example/", true),
        ("https://a.example", "http://a.example/", false), ("https://a.example", "https://a.example:444/", false),
        ("https://a.example", "https://b.example/", false), ("https://a.example", "https://a.example@b.example/", false),
        ("https://a.example", "https://me:pw@a.example/", false), ("https://[::1]:5000", "https://[::1]:5000/x", true),
        ("https://a.example", "file:///x", false), ("https://a.example", "/x", false), ("https://a.example", "https://a.example.b/", false),
    ])
    func origins(endpoint: String, url: String, isSame: Bool) throws {
        #expect(try #require(RegistryEndpoint(mirror: endpoint)).isOrigin(of: url) == isSame)
    }

    @Test(
        arguments: [
            ("https://auth.example/token?x=y", "https://auth.example", true), ("http://127.0.0.1:5001/x", "http://127.0.0.1:5001", false),
            ("https://[::2]:443/x", "https://[::2]", true), ("ftp://auth.example", nil, true), ("https://me@auth.example/x", nil, true),
        ] as [(String, String?, Bool)])
    func placesThatARegistryNames(url: String, place: String?, verifiesPeer: Bool) {
        let registry = RegistryEndpoint(scheme: .https, authority: "127.0.0.1:5000", verifiesPeer: false)
        let named = RegistryEndpoint(url, namedBy: registry)
        #expect(named?.description == place && named?.verifiesPeer ?? true == verifiesPeer && named?.isMirror ?? false == false)
    }
}
