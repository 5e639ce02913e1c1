// Links where containers don't reach each other otherwise, and how one is taken away.
import Foundation
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(5)))
struct LinkTests {
    /// The ports that the other exposes are reached, from the container that is linked to it and from no other; also after either was
    /// started again, and until the link is removed.
    @Test func linkedPortsAreReachedWhereOthersAreNot() async throws {
        let engine = EngineUnderTest()
        let file = "/tmp/\(engine.name).json"
        try Data(#"{"icc": false}"#.utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        do {
            try await engine.start(flags: ["--config", file])
            try await engine.importBusybox()
            try await check(engine)
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    private static let server = "echo inner >/index.html; httpd -p 81 -h /; httpd -f -p 80 -h /"

    private func check(_ engine: EngineUnderTest) async throws {
        try await engine.dockerOutput("run", "-d", "--name", "db", "--expose", "80", "busybox", "sh", "-c", Self.server)
        try await engine.dockerOutput("run", "-d", "--name", "web", "--link", "db:store", "busybox", "sleep", "600")
        try await engine.dockerOutput("run", "-d", "--name", "other", "busybox", "sleep", "600")
        try await eventually("the linked port") { try await page(engine, "web", "store") }
        #expect(try await page(engine, "web", "store:81", seconds: 1) == nil)
        let address = try await engine.dockerOutput("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "db")
        #expect(try await page(engine, "other", address, seconds: 1) == nil)
        try await engine.dockerOutput("stop", "-t", "0", "db")
        try await engine.dockerOutput("run", "-d", "--name", "squatter", "--expose", "80", "busybox", "httpd", "-f", "-p", "80", "-h", "/")
        try await engine.dockerOutput("start", "db")
        try await eventually("the linked port after another start") { try await page(engine, "web", "store") }
        let squatter = try await engine.dockerOutput("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "squatter")
        let seen = try await page(engine, "web", squatter, seconds: 1)
        #expect(squatter != address && seen == nil)
        try await engine.dockerOutput("restart", "-t", "0", "web")
        try await eventually("the linked port from a new start") { try await page(engine, "web", "store") }
        try await removal(engine)
        try await engine.dockerOutput("rm", "-f", "db", "web", "other", "squatter")
    }

    private func removal(_ engine: EngineUnderTest) async throws {
        let address = try await engine.dockerOutput("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "db")
        for (name, words) in [("db", "cannot remove the default link name"), ("web/nothing", "No such container: web/nothing")] {
            let refused = try await engine.docker(["rm", "--link", name])
            #expect(refused.code == 1 && refused.errorText.contains(words), "\(refused)")
        }
        try await engine.dockerOutput("rm", "--link", "web/store")
        #expect(try await engine.dockerOutput("exec", "web", "cat", "/etc/hosts").contains("store") == false)
        #expect(try await page(engine, "web", address, seconds: 1) == nil)
        #expect(try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.Links}}", "web") == "[]")
        #expect(try await engine.dockerOutput("ps", "--format", "{{.Names}}", "-f", "name=^/(db|web)$").split(separator: "\n").count == 2)
    }

    private func page(_ engine: EngineUnderTest, _ container: String, _ host: String, seconds: Int = 3) async throws -> String? {
        try await WebClient.page("http://\(host)/index.html", from: container, engine, seconds: seconds)
    }
}
