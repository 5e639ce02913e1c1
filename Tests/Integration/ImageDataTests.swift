// save, commit, history, image prune and system df by the real client.
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct ImageDataTests {
        @Test func aCommittedContainerIsAnImageThatTravels() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "--name", "maker", "busybox", "sh", "-c", "echo made > /made; rm /etc/group || true")
            let id = try await engine.dockerOutput("commit", "-m", "why", "-a", "who", "-c", "ENV X=1", "maker", "made:1")
            #expect(id.hasPrefix("sha256:"))
            #expect(try await engine.dockerOutput("run", "--rm", "made:1", "sh", "-c", "cat /made; echo $X") == "made\n1")
            let history = try await engine.dockerOutput("history", "--no-trunc", "--format", "{{.ID}} {{.Comment}}", "made:1")
            #expect(history.hasPrefix("\(id) why\nsha256:"))
            let archive = try await engine.docker(["save", "made:1"])
            #expect(archive.code == 0)
            try await engine.dockerOutput("rm", "maker")
            try await engine.dockerOutput("rmi", "made:1")
            let loaded = try await engine.docker(["load"], stdin: archive.output)
            #expect(loaded.line == "Loaded image: made:1")
            #expect(try await engine.dockerOutput("images", "-q", "--no-trunc", "made") == id)
            try await engine.dockerOutput("rmi", "made:1")
        }

        @Test func pruneTakesWhatHasNoName() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("create", "--name", "dangler", "busybox", "true")
            let id = try await engine.dockerOutput("commit", "dangler")
            try await engine.dockerOutput("rm", "dangler")
            let pruned = try await engine.dockerOutput("image", "prune", "-f")
            #expect(pruned.contains("deleted: \(id)") && pruned.contains("Total reclaimed space"))
            #expect(try await engine.dockerOutput("images", "-q", "busybox") != "")
        }

        /// How many there are of each kind, and how many of them are in use.
        private static func counts(_ engine: EngineUnderTest) async throws -> [String: [Int]] {
            let table = try await engine.dockerOutput("system", "df", "--format", "{{.Type}}:{{.TotalCount}}:{{.Active}}")
            let rows = table.split(separator: "\n").map { $0.split(separator: ":") }
            return Dictionary(rows.map { (String($0[0]), $0.dropFirst().compactMap { Int($0) }) }) { first, _ in first }
        }

        @Test func diskUsageAddsUp() async throws {
            let engine = try Integration.engine
            let before = try await Self.counts(engine)
            try await engine.dockerOutput("run", "--name", "user", "-v", "used:/v", "busybox", "sh", "-c", "echo 1234 > /v/x; echo 12 > /y")
            let after = try await Self.counts(engine)
            let grown = after.map { kind, counts in (kind, zip(counts, before[kind] ?? []).map { $0 - $1 }) }
            let growth = Dictionary(uniqueKeysWithValues: grown)
            #expect(growth["Containers"] == [1, 0] && growth["Local Volumes"] == [1, 1], "\(before), then \(after)")
            let verbose = try await engine.dockerOutput("system", "df", "-v")
            #expect(verbose.contains("used") && verbose.contains("5B") && verbose.contains("busybox"), "\(verbose)")
            let reply = try await engine.http("GET", "/v1.52/system/df?verbose=1")
            #expect(reply.text.contains(#""orphans":0"#))
            try await engine.dockerOutput("rm", "user")
            try await engine.dockerOutput("volume", "rm", "used")
        }
    }
}
