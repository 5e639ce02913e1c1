// Lookups while the network service dies and comes back.
import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite struct Names {
        /// None of a client's lookups fails: what is asked while nobody serves waits in the socket.
        @Test func lookupsOutliveTheNetworkService() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await engine.dockerOutput("network", "create", "names")
                try await engine.dockerOutput(
                    "run", "-d", "--name", "names-web", "--network", "names", EngineUnderTest.image, "sleep", "600")
                let loop = "while [ ! -e /stop ]; do busybox nslookup names-web >/dev/null || echo failed; done; echo done"
                try await engine.dockerOutput(
                    "run", "-d", "--name", "names-client", "--network", "names", EngineUnderTest.image, "sh", "-c", loop)
                for _ in 0..<5 {
                    try await engine.kill([.network])
                    try await engine.waitUntilHealthy()
                }
                try await engine.dockerOutput("exec", "names-client", "busybox", "touch", "/stop")
                #expect(try await engine.dockerOutput("wait", "names-client") == "0")
                #expect(try await engine.dockerOutput("logs", "names-client") == "done")
                try await engine.dockerOutput("rm", "-f", "names-web", "names-client")
            }
        }

        /// 520 for the full scale: more than a thousand sockets are kept then.
        private static let resolvers = ProcessInfo.processInfo.environment["BERTH_TEST_RESOLVERS"].flatMap { Int($0) } ?? 24

        /// Every container's resolver has the very sockets that it had before.
        @Test func socketsOutliveTheNetworkService() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await engine.dockerOutput("network", "create", "--subnet", "10.194.8.0/21", "many")
                let names = (0..<Self.resolvers).map { "many-\($0)" }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<4 {
                        group.addTask {
                            for number in stride(from: client, to: names.count, by: 4) {
                                try await engine.dockerOutput(
                                    "run", "-d", "--name", names[number], "--network", "many", EngineUnderTest.image, "sleep", "6000")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let shown = try await engine.docker(["inspect", "-f", "{{.State.Pid}}"] + names)
                let pids = shown.line.split(separator: "\n").map(String.init)
                try #require(pids.count == names.count, "\(shown)")
                let before = try pids.map(Self.sockets)
                #expect(before.allSatisfy { $0.count == 2 })
                for _ in 0..<2 {
                    try await engine.kill([.network])
                    try await engine.waitUntilHealthy()
                    #expect(try pids.map(Self.sockets) == before)
                }
                let answer = try await engine.docker(["exec", names[0], "busybox", "nslookup", names[names.count - 1]])
                #expect(answer.code == 0, "\(answer)")
                #expect(try await engine.docker(["rm", "-f"] + names, timeout: .seconds(600)).code == 0)
            }
        }

        /// Inodes of what listens at the resolver's port in a process's network namespace.
        private static func sockets(of pid: String) throws -> [String] {
            try ["udp", "tcp"].flatMap { table in
                try String(contentsOfFile: "/proc/\(pid)/net/\(table)", encoding: .utf8).split(separator: "\n").compactMap { line in
                    let words = line.split(separator: " ", omittingEmptySubsequences: true)
                    return words.count > 9 && words[1] == "0B00007F:EEE1" && ["07", "0A"].contains(words[3]) ? String(words[9]) : nil
                }
            }
        }
    }
}
