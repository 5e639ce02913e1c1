// Pull from registries that want to know who asks.
import Contracts
@testable import ImagesServer
import RPC
import Testing

@Suite struct PullAuthTests {
    @Test func basic() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(.twoLayers(), .gzip, "v1")
            registry.misbehave { $0.login = "me:secret" }
            try await StoreFixture.with { store in
                let name = "\(registry.address)/app:v1"
                let without = await store.pullFailure(name)
                #expect(without?.message == "Head \"http://\(registry.address)/v2/app/manifests/v1\": no basic auth credentials")
                let wrong = await store.pullFailure(name, credentials: .init(username: "me", password: "guess"))
                #expect(wrong == RPCError(.unauthorized, "unauthorized: authentication required"))
                _ = try await store.pull(name, credentials: .init(username: "me", password: "secret"))
                #expect(try store.service.inspectImage(name).tags == [name])
            }
        }
    }

    @Test func aRegistryThatIsNotThere() async throws {
        try await StoreFixture.with { store in
            let failure = await store.pullFailure("127.0.0.1:1/x:v1")
            #expect(failure?.message == "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused")
        }
    }

    @Test func whoHasAnIdentityTokenNeedsNoPassword() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(.twoLayers(), .gzip, "v1", "v2")
            registry.misbehave {
                $0.wantsToken = true; $0.identity = "long-lived"
            }
            try await StoreFixture.with { store in
                let login = RegistryCredentials(username: "me", password: "secret", serverAddress: registry.address)
                let identity = try await store.service.logIn(.init(credentials: login)).identityToken
                #expect(identity == "long-lived")
                let credentials = RegistryCredentials(serverAddress: registry.address, identityToken: identity)
                _ = try await store.pull("\(registry.address)/app:v1", credentials: credentials)
                _ = try await store.pull("\(registry.address)/app:v2", credentials: credentials)
                let posts = registry.seen.filter { $0.method == "POST" }
                #expect(posts.map(\.path) == ["/token"] && posts.first?.authorization == nil)
                let fields = Set((posts.first?.body ?? "").split(separator: "&").map(String.init))
                #expect(
                    fields == [
                        "client_id=berth", "grant_type=refresh_token", "refresh_token=long-lived", "service=fake",
                        "scope=repository%3Aapp%3Apull",
                    ])
                let wrong = await store.pullFailure("\(registry.address)/app:v1", credentials: .init(identityToken: "forged"))
                #expect(wrong?.code == .unauthorized)
            }
        }
    }

    @Test func aTokenIsAskedForOnce() async throws {
        try await FaultyRegistry.with { registry in
            try registry.image(.twoLayers(), .gzip, "v1", "v2")
            registry.misbehave { $0.wantsToken = true }
            try await StoreFixture.with { store in
                _ = try await store.pull("\(registry.address)/app:v1", credentials: .init(username: "me", password: "secret"))
                _ = try await store.pull("\(registry.address)/app:v2", credentials: .init(username: "me", password: "secret"))
                let tokens = registry.seen.filter { $0.path == "/token" }
                #expect(tokens.count == 1)
                #expect(tokens.first?.authorization == "Basic bWU6c2VjcmV0")
            }
        }
    }
}
