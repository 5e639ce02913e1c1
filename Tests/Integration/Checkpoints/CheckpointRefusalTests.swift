// Checkpoints that can't be made: the client is told why, and the container runs on as if nothing had been asked.
import Contracts
import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct CheckpointRefusalTests {
    @Test func whatIsAskedWronglyIsRefusedAsByDockerd() async throws {
        try await CheckpointEngine.with(criu: CriuProgram.writeFake) { test in
            let engine = test.engine
            #expect(try await engine.dockerOutput("info", "-f", "{{.ExperimentalBuild}}") == "true")
            #expect(try await engine.http("GET", "/_ping").headers["docker-experimental"] == "true")
            try await test.run("plain")
            let cases: [(String, String, String?, Int, String?)] = [
                ("POST", "/containers/nosuch/checkpoints", #"{"CheckpointID":"cp"}"#, 404, "No such container: nosuch"),
                ("POST", "/containers/plain/checkpoints", #"{"CheckpointID":"../x"}"#, 400, "Invalid checkpoint ID (../x), only"),
                ("POST", "/containers/plain/checkpoints", "{}", 400, "Invalid checkpoint ID ()"),
                ("POST", "/containers/plain/checkpoints", #"{"CheckpointID":"cp","CheckpointDir":"here"}"#, 400, "no absolute path"),
                ("DELETE", "/containers/plain/checkpoints/cp", nil, 404, "checkpoint cp does not exist for container plain"),
                ("GET", "/containers/plain/checkpoints?dir=/nosuch", nil, 404, "does not exist for container plain"),
                ("POST", "/containers/plain/start?checkpoint=cp", nil, 304, nil),
                ("POST", "/containers/plain/start?checkpoint=cp&checkpoint-dir=/tmp", nil, 403, "custom checkpointdir is not supported"),
            ]
            for (method, target, body, status, words) in cases {
                let reply = try await engine.http(method, target, json: body)
                #expect(
                    reply.status == status && words.map(reply.text.contains) != false, "\(method) \(target): \(reply.status) \(reply.text)")
            }
            try await engine.dockerOutput("create", "--name", "made", "busybox", "true")
            #expect(try await test.refusal("checkpoint", "create", "made", "cp").contains("Container made not running"))
            #expect(
                try await test.refusal("start", "--checkpoint", "cp", "made").contains("checkpoint cp does not exist for container made"))
            #expect(try await test.inspect("{{.State.ExitCode}}", "made") == "128")
            try await kinds(test)
        }
    }

    private func kinds(_ test: CheckpointEngine) async throws {
        let kinds: [([String], String)] = [
            (["-t"], "checkpoint not support on containers with tty"), (["--init"], "a container with --init can't be checkpointed"),
            (["--pid", "host"], "shares the processes of the host"), (["--label", "berth.userns=auto"], "user namespace of its own"),
        ]
        for (options, words) in kinds {
            let name = "kind\(abs(words.hashValue))"
            let result = try await test.engine.docker(["run", "-d", "--name", name] + options + ["busybox", "sleep", "1000"])
            guard result.code == 0 else {
                // An older kernel can't do user namespaces.
                #expect(result.errorText.contains("user namespaces need"), "\(options): \(result)")
                continue
            }
            let said = try await test.refusal("checkpoint", "create", name, "cp1")
            #expect(said.contains(words), "\(said)")
            #expect(try await test.inspect("{{.State.Status}}", name) == "running")
            try await test.engine.dockerOutput("rm", "-f", name)
        }
    }

    @Test func aFailureIsToldInCriusWordsAndLeavesNothing() async throws {
        try await CheckpointEngine.with(criu: CriuProgram.writeFake) { test in
            let engine = test.engine
            try await test.run("failing", ["--health-cmd", "true", "--health-interval", "50ms"])
            for flags in [["--leave-running"], []] {
                let result = try await engine.docker(["checkpoint", "create"] + flags + ["failing", "cp1"])
                #expect(result.code != 0 && result.errorText.contains("Cannot checkpoint container failing: "), "\(result)")
                #expect(result.errorText.contains("vdso: made to fail") && result.errorText.contains("log file: "), "\(result)")
            }
            let log = "\(engine.layout.containerDirectory(try await test.inspect("{{.Id}}", "failing")))/criu-dump.log"
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("Dumping FAILED."))
            #expect(try await test.checkpoints("failing").isEmpty)
            let place = try await test.place("failing")
            #expect(test.files(in: place).isEmpty)
            let counts = try await test.counts("failing", beyond: 20)
            #expect(counts == Array(1...counts.count))
            #expect(try await engine.dockerOutput("exec", "failing", "echo", "here") == "here")
            try await eventually("checks after the failure") {
                try await test.inspect("{{.State.Health.Status}}", "failing") == "healthy" ? true : nil
            }
        }
    }

    @Test func aShimThatDiesMeanwhileLeavesNothingHalfMade() async throws {
        try await CheckpointEngine.with(criu: CriuProgram.writeFake) { test in
            let engine = test.engine
            try await test.run("dying")
            _ = FileManager.default.createFile(atPath: "\(test.directory)/hang", contents: nil)
            for place in ["\(test.directory)/elsewhere", try await test.place("dying")] {
                let isOwn = !place.hasPrefix(test.directory)
                async let made = engine.docker(["checkpoint", "create"] + (isOwn ? [] : ["--checkpoint-dir", place]) + ["dying", "cp1"])
                try await eventually("a checkpoint under way") { test.files(in: place) == [".cp1.partial"] ? true : nil }
                for arguments in [["exec", "dying", "true"], ["pause", "dying"], ["checkpoint", "create", "dying", "cp2"]] {
                    let refused = try await engine.docker(arguments)
                    #expect((refused.errorText + refused.text).contains("a checkpoint of container"), "\(arguments): \(refused)")
                }
                #expect(try await test.checkpoints("dying").isEmpty)
                let pid = try await test.inspect("{{.State.Pid}}", "dying")
                let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
                let shim = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }.flatMap {
                    Int32($0.dropFirst(5).trimmingPrefix("\t"))
                }
                kill(try #require(shim), SIGKILL)
                #expect(try await made.code != 0)
                try await eventually("the end") { try await test.inspect("{{.State.Status}}", "dying") == "exited" ? true : nil }
                #expect(test.files(in: place).isEmpty)
                try await engine.dockerOutput("start", "dying")
            }
        }
    }

    @Test(.enabled(if: CriuProgram.installed.map { !$0.isFit } ?? false, "the host has no CRIU that is unfit for its kernel"))
    func anUnfitProgramIsAReason() async throws {
        let program = try #require(CriuProgram.installed)
        try await CheckpointEngine.with(criu: { _ in program.path }) { test in
            try await test.run("kept")
            let said = try await test.refusal("checkpoint", "create", "kept", "cp1")
            #expect(said.contains("Cannot checkpoint container kept: ") && said.contains("criu failed: Error (criu/"), "\(said)")
            let counts = try await test.counts("kept", beyond: 20)
            #expect(counts == Array(1...counts.count))
        }
    }
}
