// The routes about registries.
import Foundation
import GatewayBackends
@testable import GatewayAPI
import Testing

@Suite struct RegistryRouteTests {
    @Test(arguments: [
        ("fromImage=busybox&tag=latest", "pull docker.io/library/busybox:latest - -"),
        ("fromImage=busybox", "pull docker.io/library/busybox - -"),
        ("fromImage=localhost:5000%2Fa%2Fb:v1&platform=linux%2Farm64", "pull localhost:5000/a/b:v1 linux/arm64 -"),
        (
            "fromImage=busybox&tag=sha256:\(String(repeating: "0", count: 64))",
            "pull docker.io/library/busybox@sha256:\(String(repeating: "0", count: 64)) - -"
        ),
    ])
    func aPullSaysWhatIsWanted(_ query: String, _ note: String) async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let answer = try await server.send("POST", "/images/create?\(query)")
            #expect(answer.status == 200)
            #expect(engine.calls.contains(note), "\(engine.calls)")
        }
    }

    @Test(arguments: ["{\"username\":\"me\",\"password\":\"p?>~\"}"])
    func credentialsComeInEitherAlphabet(_ json: String) throws {
        let standard = Data(json.utf8).base64EncodedString()
        let url = standard.replacing("+", with: "-").replacing("/", with: "_")
        for text in [standard, url, url.replacing("=", with: "")] {
            let login = try #require(RegistryAuthHeader.decode(text))
            #expect(login.username == "me" && login.password == "p?>~")
        }
        for text in ["", "e30=", "!!!", "bm90IGpzb24="] { #expect(RegistryAuthHeader.decode(text) == nil) }
    }

    /// As a client in Python writes them.
    @Test func credentialsHaveNamesInAnyCase() throws {
        let json = #"{"Username": "me", "Password": "secret", "ServerAddress": "r.example", "IdentityToken": "t"}"#
        let login = try #require(RegistryAuthHeader.decode(Data(json.utf8).base64EncodedString()))
        #expect(login.username == "me" && login.password == "secret" && login.serverAddress == "r.example" && login.identityToken == "t")
    }

    @Test func aSearchIsAskedAndTold() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let answer = try await server.send("GET", "/images/search?term=box&limit=3&filters=%7B%22stars%22%3A%5B%222%22%5D%7D")
            #expect(engine.calls.contains("search box 3 [\"stars\": [\"2\"]]"), "\(engine.calls)")
            #expect(answer.text.contains(#""star_count":1"#) && answer.text.contains(#""is_official":true"#))
            let refusal = try await server.send("GET", "/images/search?term=box&filters=%7B%22x%22%3A%5B%22y%22%5D%7D")
            #expect(refusal.status == 400)
        }
    }

    /// What dockerd answers where an image isn't for the platform that is asked for; clients before the parameter don't mean it.
    @Test(arguments: [
        ("GET", "/images/a/json", "platform", 404), ("GET", "/v1.48/images/a/json", "platform", 200),
        ("GET", "/images/a/history", "platform", 404), ("GET", "/v1.47/images/a/history", "platform", 200),
        ("GET", "/images/a/get", "platform", 404), ("POST", "/images/a/push", "platform", 404),
        ("POST", "/v1.45/images/a/push", "platform", 200), ("DELETE", "/images/a", "platforms", 404),
    ])
    func anotherPlatformIsNotThere(_ method: String, _ path: String, _ key: String, _ status: Int) async throws {
        try await TestServer.with(FakeEngine()) { server in
            let platform = "%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm64%22%7D"
            let answer = try await server.send(method, "\(path)?\(key)=\(platform)")
            #expect(answer.status == status, "\(answer.text)")
            if status == 404 { #expect(answer.text.contains("does not match the specified platform (linux/arm64)")) }
        }
    }

    @Test func anImportMayNameAURL() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let answer = try await server.send("POST", "/images/create?fromSrc=http%3A%2F%2Fhost%2Fa.tar&repo=x")
            #expect(answer.status == 200)
            #expect(engine.calls.contains("import x [] from http://host/a.tar"), "\(engine.calls)")
        }
    }

    @Test func pushSendsAnAux() async throws {
        let engine = FakeEngine()
        try await TestServer.with(engine) { server in
            let auth = Data(#"{"username":"me","password":"x"}"#.utf8).base64EncodedString()
            let answer = try await server.send("POST", "/images/localhost:5000/a/push?tag=v1", headers: ["X-Registry-Auth: \(auth)"])
            #expect(answer.status == 200)
            #expect(engine.calls.contains("push localhost:5000/a:v1 me"), "\(engine.calls)")
            #expect(answer.text.contains(#""aux":{"#) && answer.text.contains(#""Tag":"v1""#), "\(answer.text)")
        }
    }

    @Test func logIn() async throws {
        try await TestServer.with { server in
            let right = try await server.json("POST", "/auth", #"{"username":"me","password":"right","serveraddress":"here"}"#)
            #expect(right.status == 200)
            #expect(right.text.contains(#""Status":"Login Succeeded""#) && right.text.contains("identity of me at here"))
            let wrong = try await server.json("POST", "/auth", #"{"username":"me","password":"wrong"}"#)
            #expect(wrong.status == 401)
            #expect(wrong.text.contains("incorrect username or password"))
        }
    }

    @Test func distribution() async throws {
        try await TestServer.with { server in
            let answer = try await server.send("GET", "/distribution/localhost:5000/a:v1/json")
            #expect(answer.status == 200)
            #expect(answer.text.contains(#""mediaType":"localhost:5000/a:v1""#) && answer.text.contains(#""architecture":"arm64""#))
        }
    }
}
