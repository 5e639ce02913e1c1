// What an engine finds when it starts: another with its records or its sockets, and a host that gave it a score.
import Contracts
import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct EngineStartTests {
    /// berthctl, with the paths of an engine, its run directory perhaps another.
    private func berthctl(_ engine: EngineUnderTest, _ arguments: [String], run: String? = nil) async throws -> CommandResult {
        try await Command(
            "\(engine.binaries)/berthctl", arguments + ["--root", engine.layout.root, "--run", run ?? engine.layout.run],
            timeout: .seconds(60)
        ).run()
    }

    @Test func anotherEngineGetsNeitherRecordsNorSockets() async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            try await engine.dockerOutput("run", "-d", "--name", "first", "busybox", "sleep", "1000")
            let second = "\(engine.layout.run)-second"
            defer { try? FileManager.default.removeItem(atPath: second) }
            let up = try await berthctl(engine, ["up"], run: second)
            #expect(up.code != 0 && up.errorText.contains("has its state in \(engine.layout.root) already"), "\(up)")
            let gateway = try await Command(
                "\(engine.binaries)/berth-gateway", ["--root", engine.layout.root, "--run", second], timeout: .seconds(60)
            ).run()
            #expect(gateway.code != 0 && gateway.errorText.contains("another gateway has its records"), "\(gateway)")
            #expect(try await engine.dockerOutput("ps", "--format", "{{.Names}}") == "first")
        }
    }

    /// As systemd has them.
    @Test func socketsThatAreServedStay() async throws {
        let engine = EngineUnderTest()
        try FileManager.default.createDirectory(atPath: engine.layout.run, withIntermediateDirectories: true)
        let directory = (engine.layout.run as NSString).deletingLastPathComponent
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let listener = try UnixSocket.listen(path: engine.layout.gatewaySocket, mode: 0o600)
        defer { close(listener) }
        let up = try await berthctl(engine, ["up"])
        #expect(up.code != 0 && up.errorText.contains("another engine listens at \(engine.layout.gatewaySocket)"), "\(up)")
        #expect(UnixSocket.isServed(path: engine.layout.gatewaySocket))
        #expect(access("\(engine.layout.run)/daemon.json", F_OK) != 0, "nothing is written where the other engine is")
    }

    /// Each exec takes some of the shim's descriptors; its container's processes have as many as the engine was started with.
    @Test func aShimHasAsManyDescriptorsAsItMayAndGivesAwayThoseItWasStartedWith() async throws {
        let engine = EngineUnderTest()
        do {
            try await engine.start(entering: "ulimit -Sn 700; ulimit -Hn 4000")
            try await engine.importBusybox()
            try await engine.dockerOutput("run", "-d", "--name", "many", "busybox", "sh", "-c", "ulimit -Sn; ulimit -Hn; sleep 1000")
            try await eventually("the first process's limits") {
                try await engine.dockerOutput("logs", "many") == "700\n4000" ? true : nil
            }
            for user in ["0", "1000"] {
                let limits = try await engine.dockerOutput("exec", "-u", user, "many", "sh", "-c", "ulimit -Sn; ulimit -Hn")
                #expect(limits == "700\n4000")
            }
            let own = ["run", "--rm", "--ulimit", "nofile=123:456", "busybox", "sh", "-c", "ulimit -Sn; ulimit -Hn"]
            #expect(try await engine.docker(own).line == "123\n456")
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.Ulimits}}", "many") == "[]")

            let process = try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "many")
            let parent = try #require(Self.field("PPid", "/proc/\(process)/status").first)
            #expect(Self.field("Max open files", "/proc/\(parent)/limits").prefix(2) == ["4000", "4000"])
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    /// The words after a name at the beginning of a line.
    private static func field(_ name: String, _ path: String) -> [Substring] {
        let lines = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix(name) }?.dropFirst(name.count).split { $0.isWhitespace || $0 == ":" } ?? []
    }

    @Test func processesHaveTheirOwnScoreWhateverTheEngines() async throws {
        let engine = EngineUnderTest()
        do {
            try await engine.start(entering: "echo 300 > /proc/self/oom_score_adj")
            try await engine.importBusybox()
            let look = ["cat", "/proc/self/oom_score_adj"]
            for (options, score) in [([], "0"), (["--oom-score-adj", "500"], "500")] as [([String], String)] {
                let run =
                    ["run", "-d", "--name", "scored"] + options + ["busybox", "sh", "-c", "cat /proc/self/oom_score_adj; sleep 1000"]
                _ = try await engine.docker(run)
                try await eventually("the first process's score") {
                    try await engine.dockerOutput("logs", "scored") == score ? true : nil
                }
                #expect(try await engine.docker(["exec", "scored"] + look).line == score)
                #expect(try await engine.docker(["exec", "-u", "1000", "scored"] + look).line == score)
                try await engine.dockerOutput("rm", "-f", "scored")
            }
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    @Test func theEndIsSeenOfASupervisorThatNobodyReaps() async throws {
        let engine = EngineUnderTest()
        let directory = (engine.layout.run as NSString).deletingLastPathComponent
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let up = ChildProcess(
            path: "\(engine.binaries)/berthctl",
            arguments: [
                "up", "--root", engine.layout.root, "--run", engine.layout.run, "--bridge", engine.bridge, "--bip", engine.bip,
                "--nftables-table", engine.nftablesTable, "--cgroup-parent", engine.cgroupParent, "--log-directory", "\(directory)/log",
            ], group: .ownSession)
        let pid = try up.spawn()
        try await eventually("an answer") { try await engine.docker(["ps"]).code == 0 ? true : nil }
        try await engine.stop()
        #expect(kill(pid, 0) == 0, "it is there still, for its parent")
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
        try await engine.takeDown()
    }
}
