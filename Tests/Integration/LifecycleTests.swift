// A container from creation to removal.
import Testing
import TestSupport

extension Integration {
    @Suite struct Lifecycle {
        private let trap = "trap 'echo bye; exit 5' TERM; echo ready; while true; do sleep 0.1; done"

        private func state(_ name: String) async throws -> String {
            try await Integration.engine.dockerOutput("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name)
        }

        private func waitForOutput(_ words: String, of name: String) async throws {
            let engine = try Integration.engine
            try await eventually("'\(words)' in the log of \(name)") {
                try await engine.dockerOutput("logs", name).contains(words) ? true : nil
            }
        }

        @Test func stopGivesTimeThenKills() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", "polite", "busybox", "sh", "-c", trap)
            try await waitForOutput("ready", of: "polite")
            try await engine.dockerOutput("stop", "polite")
            #expect(try await state("polite") == "exited 5")
            #expect(try await engine.dockerOutput("logs", "polite").hasSuffix("bye"))
            try await engine.dockerOutput("rm", "polite")

            try await engine.dockerOutput(
                "run", "-d", "--name", "stubborn", "busybox", "sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.1; done")
            try await waitForOutput("ready", of: "stubborn")
            try await engine.dockerOutput("stop", "-t", "1", "stubborn")
            #expect(try await state("stubborn") == "exited 137")
            try await engine.dockerOutput("rm", "stubborn")
        }

        @Test func killSendsTheSignal() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "signalled", "busybox", "sh", "-c", "trap 'exit 9' USR1; echo ready; while true; do sleep 0.1; done")
            try await waitForOutput("ready", of: "signalled")
            try await engine.dockerOutput("kill", "-s", "USR1", "signalled")
            #expect(try await engine.dockerOutput("wait", "signalled") == "9")
            let again = try await engine.docker(["kill", "signalled"])
            #expect(again.code == 1)
            #expect(again.errorText.contains("is not running"))
            try await engine.dockerOutput("rm", "signalled")
        }

        @Test func restartKeepsTheRootFilesystem() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "again", "busybox", "sh", "-c", "echo x >> /count; wc -l < /count; exec sleep 1000")
            try await waitForOutput("1", of: "again")
            try await engine.dockerOutput("restart", "-t", "1", "again")
            try await waitForOutput("2", of: "again")
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.State.Running}}", "again") == "true")
            try await engine.dockerOutput("rm", "-f", "again")
        }

        @Test func startAgainAfterTheEnd() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "--name", "twice", "busybox", "echo", "once")
            try await engine.dockerOutput("start", "-a", "twice")
            #expect(try await engine.dockerOutput("logs", "twice") == "once\nonce")
            try await engine.dockerOutput("rm", "twice")
        }

        @Test func pauseFreezes() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", "frozen", "busybox", "sh", "-c", "while true; do date +%s%N; done")
            try await engine.dockerOutput("pause", "frozen")
            #expect(try await state("frozen") == "paused 0")
            let first = try await engine.dockerOutput("logs", "frozen")
            #expect(try await engine.dockerOutput("logs", "frozen") == first)
            let refused = try await engine.docker(["exec", "frozen", "true"])
            #expect(refused.code != 0)
            #expect(refused.errorText.contains("paused"))
            try await engine.dockerOutput("unpause", "frozen")
            try await eventually("more output") { try await engine.dockerOutput("logs", "frozen").count > first.count ? true : nil }
            try await engine.dockerOutput("rm", "-f", "frozen")
        }

        @Test func renameMovesTheName() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("create", "--name", "before", "busybox", "true")
            try await engine.dockerOutput("rename", "before", "after")
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.Name}}", "after") == "/after")
            #expect(try await engine.docker(["inspect", "before"]).code == 1)
            try await engine.dockerOutput("rm", "after")
        }

        @Test func removalOfARunningOneNeedsForce() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("run", "-d", "--name", "running", "busybox", "sleep", "1000")
            let refused = try await engine.docker(["rm", "running"])
            #expect(refused.code == 1)
            #expect(refused.errorText.contains("cannot remove container"))
            #expect(try await engine.dockerOutput("rm", "-f", "running") == "running")
            #expect(!(try await engine.dockerOutput("ps", "-aq", "--no-trunc")).contains(id))
        }

        @Test func listShowsWhatRunsAndWhatRan() async throws {
            let engine = try Integration.engine
            _ = try await engine.docker(["run", "--name", "listed-ended", "busybox", "sh", "-c", "exit 4"])
            try await engine.dockerOutput("run", "-d", "--name", "listed-running", "busybox", "sleep", "1000")
            let format = ["--filter", "name=listed-", "--format", "{{.Names}} {{.Image}} {{.Status}}"]
            let all = try await engine.docker(["ps", "-a"] + format).line.split(separator: "\n").sorted()
            #expect(all.count == 2)
            #expect(all.first?.hasPrefix("listed-ended busybox Exited (4)") == true)
            #expect(all.last?.hasPrefix("listed-running busybox Up") == true)
            let running = try await engine.docker(["ps"] + format).line
            #expect(running.hasPrefix("listed-running"))
            #expect(!running.contains("listed-ended"))
            try await engine.dockerOutput("rm", "-f", "listed-ended", "listed-running")
        }

        @Test func waitGivesTheCode() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "awaited", "busybox", "sh", "-c", "while [ ! -f /go ]; do sleep 0.05; done; exit 6")
            async let code = engine.dockerOutput("wait", "awaited")
            try await engine.dockerOutput("exec", "awaited", "touch", "/go")
            #expect(try await code == "6")
            try await engine.dockerOutput("rm", "awaited")
        }
    }
}
