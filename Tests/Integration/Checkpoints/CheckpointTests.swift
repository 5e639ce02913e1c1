// Checkpoints by the host's CRIU: what a container's processes were, they are again.
import Contracts
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
    .serialized, .timeLimit(.minutes(10)),
    .enabled(if: CriuProgram.installed?.isFit ?? false, "CRIU isn't installed, or unfit for this kernel (BERTH_TEST_CRIU names another)"))
struct CheckpointTests {
    private func with(_ body: (CheckpointEngine) async throws -> Void) async throws {
        let program = try #require(CriuProgram.installed)
        try await CheckpointEngine.with(criu: { _ in program.path }, body)
    }

    @Test func aContainerGoesOnWhereItWas() async throws {
        try await with { test in
            let engine = test.engine
            let since = Int(Date().timeIntervalSince1970)
            try FileManager.default.createDirectory(atPath: "\(test.directory)/bind", withIntermediateDirectories: true)
            try Data("bound".utf8).write(to: URL(filePath: "\(test.directory)/bind/file"))
            let options = [
                "--read-only", "--tmpfs", "/scratch", "-v", "kept:/vol", "-v", "\(test.directory)/bind:/bind:ro", "--memory", "32m",
                "--health-cmd", "test -e /scratch/file", "--health-interval", "100ms", "--sysctl", "net.ipv4.conf.all.arp_filter=1",
            ]
            try await test.run("saved", options, "echo temporary > /scratch/file", file: "/vol/log")
            try await engine.dockerOutput("checkpoint", "create", "--leave-running", "saved", "first")
            let first = try await test.counts("saved", beyond: 20)
            #expect(first == Array(1...first.count))
            #expect(
                try await test.refusal("checkpoint", "create", "saved", "first").contains(
                    "cannot checkpoint container saved: checkpoint with name first already exists for container saved"))

            #expect(try await engine.dockerOutput("checkpoint", "create", "saved", "second") == "second")
            #expect(try await test.inspect("{{.State.Status}} {{.State.ExitCode}}", "saved") == "exited 137")
            #expect(try await test.checkpoints("saved") == ["first", "second"])
            let last = try #require(try await test.counts("saved", beyond: 0).last)
            try await engine.dockerOutput("start", "--checkpoint", "second", "saved")
            let counts = try await test.counts("saved", beyond: last + 10)
            #expect(counts == Array(1...counts.count), "\(counts)")
            try await check(test)

            // What was restored is saved and restored as well, and an older one still is.
            try await engine.dockerOutput("checkpoint", "create", "saved", "third")
            try await engine.dockerOutput("start", "--checkpoint", "third", "saved")
            try await check(test)
            try await engine.dockerOutput("kill", "saved")
            try await engine.dockerOutput("start", "--checkpoint", "second", "saved")
            try await check(test)
            for name in ["first", "third"] { try await engine.dockerOutput("checkpoint", "rm", "saved", name) }
            #expect(try await test.checkpoints("saved") == ["second"])
            try await told(engine, since)
            try await engine.dockerOutput("stop", "-t", "0", "saved")
            try await engine.dockerOutput("start", "saved")
            try await engine.dockerOutput("rm", "-f", "-v", "saved")
        }
    }

    /// That a restored container is looked after, and has what it had.
    private func check(_ test: CheckpointEngine) async throws {
        let engine = test.engine
        let script = """
            cat /scratch/file /bind/file; touch /x || echo readonly; cat /proc/sys/net/ipv4/conf/all/arp_filter; readlink /proc/1/fd/3
            """
        let seen = try await engine.dockerOutput("exec", "saved", "sh", "-c", "\(script) 2>/dev/null")
        #expect(seen == "temporary\nboundreadonly\n1\n/vol/log")
        let written = try await engine.dockerOutput("exec", "saved", "tail", "-n", "1", "/vol/log")
        _ = try await test.counts("saved", beyond: try #require(Int(written)))
        #expect(try await test.inspect("{{.State.Status}} {{.State.ExitCode}}", "saved") == "running 0")
        try await eventually("a check") { try await test.inspect("{{.State.Health.Status}}", "saved") == "healthy" ? true : nil }
        let stats = try await engine.dockerOutput("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "saved")
        #expect(stats.contains("/ 32MiB ") && !stats.hasPrefix("0B") && !stats.hasSuffix(" 0"), "\(stats)")
        let interfaces = try await engine.dockerOutput("exec", "saved", "ip", "-4", "addr", "show", "eth0")
        #expect(interfaces.contains(try await test.inspect("{{.NetworkSettings.IPAddress}}", "saved") + "/"))
    }

    private func told(_ engine: EngineUnderTest, _ since: Int) async throws {
        let events = try await engine.dockerOutput(
            "events", "--since", "\(since)", "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "--filter", "container=saved",
            "--filter", "type=container", "--format", "{{.Action}}"
        ).split(separator: "\n").map(String.init).filter { !$0.contains(":") }
        #expect(events.starts(with: ["create", "start", "checkpoint"]), "\(events)")
        #expect(events.filter { $0 == "checkpoint" }.count == 3 && events.filter { $0 == "die" }.count == 3, "\(events)")
    }

    @Test func attachedClientsOwnDirectoriesAndRestartsWork() async throws {
        try await with { test in
            let engine = test.engine
            let script = "while read line; do echo got $line; done"
            try await engine.dockerOutput(
                "run", "-d", "-i", "--name", "reading", "--restart", "always", "--cgroupns", "private", "busybox", "sh",
                "-c", script)
            let elsewhere = "\(test.directory)/elsewhere"
            try await engine.dockerOutput("checkpoint", "create", "--leave-running", "--checkpoint-dir", elsewhere, "reading", "far")
            #expect(test.files(in: elsewhere) == ["far"])
            let mode = try FileManager.default.attributesOfItem(atPath: "\(elsewhere)/far")[.posixPermissions] as? Int
            #expect(mode == 0o700)
            #expect(try await engine.dockerOutput("checkpoint", "ls", "--checkpoint-dir", elsewhere, "reading").contains("far"))
            try await engine.dockerOutput("checkpoint", "rm", "--checkpoint-dir", elsewhere, "reading", "far")
            #expect(test.files(in: elsewhere).isEmpty)

            // Its end was asked for: the policy doesn't start it from the beginning.
            try await engine.dockerOutput("checkpoint", "create", "reading", "near")
            #expect(try await test.inspect("{{.State.Status}} {{.RestartCount}}", "reading") == "exited 0")
            try await engine.dockerOutput("start", "--checkpoint", "near", "reading")
            // The end of its input doesn't end the client, which is killed.
            _ = try? await engine.docker(["attach", "reading"], stdin: Array("hello\n".utf8), timeout: .seconds(5))
            try await eventually("an answer") { try await engine.dockerOutput("logs", "reading").contains("got hello") ? true : nil }
            let pid = try await test.inspect("{{.State.Pid}}", "reading")
            kill(try #require(Int32(pid)), SIGKILL)
            try await eventually("a restart") {
                try await test.inspect("{{.State.Status}} {{.RestartCount}}", "reading") == "running 1" ? true : nil
            }
            try await engine.dockerOutput("rm", "-f", "reading")
        }
    }

    @Test func whatRunsBesideCannotBeSaved() async throws {
        try await with { test in
            let engine = test.engine
            try await test.run("busy")
            try await engine.dockerOutput("exec", "-d", "busy", "tail", "-f", "/dev/null")
            #expect(try await test.refusal("checkpoint", "create", "busy", "cp1").contains("1 running execs"))
            try await engine.dockerOutput("exec", "busy", "sh", "-c", "kill $(pidof tail)")
            try await eventually("a checkpoint after the exec's end") {
                try await engine.docker(["checkpoint", "create", "--leave-running", "busy", "cp1"]).code == 0 ? true : nil
            }
            try await engine.dockerOutput("pause", "busy")
            #expect(try await test.refusal("checkpoint", "create", "busy", "cp2").contains("is paused"))
            try await engine.dockerOutput("unpause", "busy")
            // A checkpoint that lost a file is one that CRIU refuses, and the container can be started afterwards.
            try await engine.dockerOutput("kill", "busy")
            let images = "\(try await test.place("busy"))/cp1/images"
            try FileManager.default.removeItem(atPath: "\(images)/core-1.img")
            let said = try await test.refusal("start", "--checkpoint", "cp1", "busy")
            #expect(said.contains("can't be restored from checkpoint cp1: criu failed: ") && said.contains("criu-restore.log"), "\(said)")
            #expect(try await test.inspect("{{.State.Status}}", "busy") == "exited")
            try await engine.dockerOutput("start", "busy")
            try await engine.dockerOutput("rm", "-f", "busy")
        }
    }

    @Test(.enabled(if: CriuProgram.installed?.takesSockets ?? false, "this CRIU can't save sockets on this kernel"))
    func aServerIsReachedAgain() async throws {
        try await with { test in
            let engine = test.engine
            try await test.run("serving", ["-p", "127.0.0.1::7000"], "mkdir -p /www; echo alive > /www/x; httpd -p 7000 -h /www")
            for round in ["one", "two"] {
                try await engine.dockerOutput("checkpoint", "create", "serving", round)
                try await engine.dockerOutput("start", "--checkpoint", round, "serving")
                let address = try await test.inspect("{{.NetworkSettings.IPAddress}}", "serving")
                let port = try await engine.dockerOutput("port", "serving", "7000/tcp")
                for place in ["\(address):7000", port] {
                    let answer = try await Command("/usr/bin/curl", ["-s", "-m", "20", "http://\(place)/x"]).run()
                    #expect(answer.line == "alive", "\(place): \(answer)")
                }
            }
            try await engine.dockerOutput("rm", "-f", "serving")
        }
    }
}
