// Restarts and health checks, as the Docker client sees them.
import Foundation
import Testing
import TestSupport

extension Integration {
    @Suite struct Supervision {
        private func inspect(_ format: String, _ name: String) async throws -> String {
            try await Integration.engine.dockerOutput("inspect", "-f", format, name)
        }

        private func wait(_ what: String, _ format: String, _ name: String, until isSo: @escaping @Sendable (String) -> Bool) async throws {
            let engine = try Integration.engine
            try await eventually(what) { isSo(try await engine.dockerOutput("inspect", "-f", format, name)) ? true : nil }
        }

        @Test func aFailingOneIsStartedAgainAsOftenAsAskedFor() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "failing", "--restart", "on-failure:3", "busybox", "sh", "-c", "echo try; exit 4")
            try await wait("the last exit", "{{.State.Status}}", "failing") { $0 == "exited" }
            #expect(try await inspect("{{.State.ExitCode}} {{.RestartCount}} {{.State.Restarting}}", "failing") == "4 3 false")
            #expect(try await engine.dockerOutput("logs", "failing") == "try\ntry\ntry\ntry")
            try await engine.dockerOutput("rm", "failing")
        }

        @Test func aRestartKeepsAddressAndFiles() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "kept", "--restart", "always", "busybox", "sh", "-c", "echo x >> /runs; exec sleep 1000")
            let address = try await inspect("{{.NetworkSettings.IPAddress}}", "kept")
            let pid = try await inspect("{{.State.Pid}}", "kept")
            // Without the engine's knowledge, so that nobody asked for the end.
            _ = try await Command("/bin/kill", ["-9", pid]).run()
            try await wait("a restart", "{{.RestartCount}} {{.State.Status}}", "kept") { $0 == "1 running" }
            #expect(try await inspect("{{.NetworkSettings.IPAddress}}", "kept") == address)
            #expect(try await engine.dockerOutput("exec", "kept", "wc", "-l", "/runs").hasPrefix("2 "))
            try await engine.dockerOutput("exec", "kept", "ip", "addr", "show", "eth0")
            try await engine.dockerOutput("stop", "-t", "0", "kept")
            #expect(try await inspect("{{.State.Status}} {{.State.ExitCode}}", "kept") == "exited 137")
            try await engine.dockerOutput("start", "kept")
            #expect(try await inspect("{{.RestartCount}} {{.State.Status}}", "kept") == "0 running")
            try await engine.dockerOutput("restart", "-t", "0", "kept")
            #expect(try await inspect("{{.RestartCount}} {{.State.Status}}", "kept") == "0 running")
            try await engine.dockerOutput("rm", "-f", "kept")
        }

        /// In namespaces of a container that was started again meanwhile: by hand, or in place by its shim.
        @Test func aRestartEntersTheNamespacesThatItsDonorHasNow() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "donor", "--restart", "always", "--ipc", "shareable", "busybox", "sleep", "1000")
            try await engine.dockerOutput(
                "run", "-d", "--name", "guest", "--restart", "always", "--network", "container:donor", "--ipc", "container:donor",
                "busybox", "sleep", "1000")
            for round in 1...2 {
                if round == 1 { try await engine.dockerOutput("restart", "-t", "0", "donor") } else { try await end("donor") }
                try await wait("the donor", "{{.RestartCount}} {{.State.Status}}", "donor") { $0 == "\(round - 1) running" }
                try await end("guest")
                try await wait("the guest", "{{.RestartCount}} {{.State.Status}}", "guest") { $0 == "\(round) running" }
                #expect(try await namespaces("guest") == namespaces("donor"))
            }
            try await engine.dockerOutput("rm", "-f", "guest", "donor")
        }

        /// Without the engine's knowledge, so that nobody asked for the end.
        private func end(_ name: String) async throws {
            _ = try await Command("/bin/kill", ["-9", try await inspect("{{.State.Pid}}", name)]).run()
        }

        private func namespaces(_ name: String) async throws -> [String] {
            let pid = try await inspect("{{.State.Pid}}", name)
            return try ["net", "ipc"].map { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\($0)") }
        }

        @Test func oneThatWaitsForItsRestartIsShownAndEnded() async throws {
            let engine = try Integration.engine
            let since = Int(Date().timeIntervalSince1970)
            try await engine.dockerOutput("run", "-d", "--name", "waiting", "--restart", "always", "busybox", "sh", "-c", "exit 2")
            try await wait("a long back-off", "{{.RestartCount}}", "waiting") { Int($0) ?? 0 >= 5 }
            let state = "{{.State.Status}} {{.State.Restarting}} {{.State.Running}}"
            try await wait("the wait", state, "waiting") { $0 == "restarting true true" }
            #expect(try await engine.dockerOutput("ps", "-f", "name=waiting", "--format", "{{.Status}}").hasPrefix("Restarting (2)"))
            for arguments in [["exec", "waiting", "true"], ["pause", "waiting"], ["rm", "waiting"]] {
                let refused = try await engine.docker(arguments)
                #expect(refused.code != 0 && (refused.errorText + refused.text).contains("restarting"), "\(refused)")
            }
            try await engine.dockerOutput("stop", "waiting")
            #expect(try await inspect("{{.State.Status}} {{.State.ExitCode}}", "waiting") == "exited 2")
            try await engine.dockerOutput("rm", "waiting")
            let events = try await engine.dockerOutput(
                "events", "--since", "\(since)", "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "--filter", "container=waiting",
                "--format", "{{.Action}}"
            ).split(separator: "\n").map(String.init)
            #expect(events.filter { $0 == "die" }.count == events.filter { $0 == "start" }.count)
            #expect(
                events.starts(with: ["create", "start", "die", "start", "die"]) && events.suffix(2) == ["stop", "destroy"], "\(events)")

            try await engine.dockerOutput("run", "-d", "--name", "forced", "--restart", "always", "busybox", "sh", "-c", "exit 2")
            try await wait("a restart", "{{.RestartCount}}", "forced") { Int($0) ?? 0 >= 2 }
            try await engine.dockerOutput("rm", "-f", "forced")
        }

        @Test func healthIsCheckedAndShown() async throws {
            let engine = try Integration.engine
            let since = Int(Date().timeIntervalSince1970)
            try await engine.dockerOutput(
                "run", "-d", "--name", "checked", "--health-cmd", "cat /ok && echo fine", "--health-interval", "100ms",
                "--health-retries", "2", "busybox", "sleep", "1000")
            try await wait("bad health", "{{.State.Health.Status}}", "checked") { $0 == "unhealthy" }
            #expect(try await engine.dockerOutput("ps", "-f", "health=unhealthy", "--format", "{{.Names}}") == "checked")
            try await engine.dockerOutput("exec", "checked", "touch", "/ok")
            try await wait("good health", "{{.State.Health.Status}} {{.State.Health.FailingStreak}}", "checked") { $0 == "healthy 0" }
            #expect(try await engine.dockerOutput("ps", "-f", "name=checked", "--format", "{{.Status}}").hasSuffix("(healthy)"))
            let log = try await inspect("{{range .State.Health.Log}}{{.ExitCode}}:{{.Output}}{{end}}", "checked")
            #expect(log.contains("0:fine"), "\(log)")
            try await engine.dockerOutput("stop", "-t", "0", "checked")
            #expect(try await inspect("{{.State.Health.Status}}", "checked") == "unhealthy")
            try await engine.dockerOutput("rm", "checked")
            let events = try await engine.dockerOutput(
                "events", "--since", "\(since)", "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "--filter", "container=checked",
                "--filter", "event=health_status", "--format", "{{.Action}}")
            #expect(events == "health_status: unhealthy\nhealth_status: healthy")
        }

        @Test func anUnhealthyOneIsRestartedIfItsLabelSaysSo() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "healed", "--label", "berth.health.on-failure=restart", "--health-cmd", "test ! -f /dev/shm/sick",
                "--health-interval", "100ms", "--health-retries", "1", "--stop-timeout", "0", "busybox", "sleep", "1000")
            try await wait("good health", "{{.State.Health.Status}}", "healed") { $0 == "healthy" }
            try await engine.dockerOutput("exec", "healed", "touch", "/dev/shm/sick")
            let state = "{{.RestartCount}} {{.State.Status}} {{.State.Health.Status}}"
            try await wait("the restart", state, "healed") { $0 == "1 running healthy" }
            try await engine.dockerOutput("rm", "-f", "healed")
        }

        @Test func oneThatDoesNotHearTheSignalIsToldOfAndNotWaitedForIfItsLabelSaysSo() async throws {
            let engine = try Integration.engine
            let since = Int(Date().timeIntervalSince1970)
            try await engine.dockerOutput("run", "-d", "--name", "deaf", "--label", "berth.stop.fast=1", "busybox", "sleep", "1000")
            // Without a limit: it would be waited for as long as it takes.
            try await engine.dockerOutput("stop", "-t", "-1", "deaf")
            #expect(try await inspect("{{.State.ExitCode}}", "deaf") == "137")
            let events = try await engine.dockerOutput(
                "events", "--since", "\(since)", "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "--filter", "container=deaf",
                "--filter", "event=kill", "--format", "{{json .Actor.Attributes}}")
            #expect(events.contains("has no handler for it"), "\(events)")
            try await engine.dockerOutput("rm", "deaf")
        }

        @Test func aLabelHasItDialledWithoutAProcess() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "dialled", "--label", "berth.health.dial=http://:8080/ready", "--health-interval", "50ms",
                "--health-retries", "1", "busybox", "sh", "-c", "while [ ! -f /go ]; do sleep 0.05; done; httpd -f -p 8080 -h /www")
            try await wait("a refusal", "{{.State.Health.Status}}", "dialled") { $0 == "unhealthy" }
            let log = "{{range .State.Health.Log}}{{.ExitCode}}:{{.Output}}{{end}}"
            #expect(try await inspect(log, "dialled").contains("1:http://127.0.0.1:8080: connection refused"))
            try await engine.dockerOutput("exec", "dialled", "sh", "-c", "mkdir -p /www && echo fine > /www/ready && touch /go")
            try await wait("good health", "{{.State.Health.Status}}", "dialled") { $0 == "healthy" }
            #expect(try await inspect(log, "dialled").contains("0:HTTP/1.1 200 OK"))
            try await engine.dockerOutput("exec", "dialled", "rm", "/www/ready")
            try await wait("bad health", "{{.State.Health.Status}}", "dialled") { $0 == "unhealthy" }
            try await wait("its words", log, "dialled") { $0.contains("1:HTTP/1.1 404 Not Found") }
            try await engine.dockerOutput("rm", "-f", "dialled")
        }
    }
}
