// Restarts and health checks go on while the services are gone, and are told exactly when they are back.
import Foundation
import Glibc
import ServiceKit
import Testing
import TestSupport

extension Faults {
    @Suite struct Supervision {
        private static let counting = "echo run >> /www/runs; exit 3"
        private static let check = "echo check >> /www/checks; test ! -f /www/sick"

        @Test func supervisionGoesOnWithoutServices() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await engine.dockerOutput("run", "-d", "--name", "looping", "--restart", "always", "busybox", "sh", "-c", Self.counting)
                try await engine.dockerOutput(
                    "run", "-d", "--name", "checked", "--health-cmd", Self.check, "--health-interval", "50ms", "--health-retries", "2",
                    "busybox", "sleep", "1000")
                try await eventually("good health") {
                    try await engine.dockerOutput("inspect", "-f", "{{.State.Health.Status}}", "checked") == "healthy" ? true : nil
                }
                let upper = try await engine.dockerOutput("inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", "looping", "checked")
                    .split(separator: "\n").map(String.init)
                let pid = try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "checked")
                try await engine.control(["down"])
                let before = (runs: lines(upper[0], "runs"), checks: lines(upper[1], "checks"))
                _ = FileManager.default.createFile(atPath: "/proc/\(pid)/root/www/sick", contents: nil)
                // Its back-off is some hundred milliseconds by now: two more runs take some seconds.
                try await eventually("restarts without services") { lines(upper[0], "runs") >= before.runs + 2 ? true : nil }
                try await eventually("checks without services") { lines(upper[1], "checks") > before.checks + 5 ? true : nil }
                try await engine.start()
                try await check(engine, runs: { lines(upper[0], "runs") })
            }
        }

        private func lines(_ upper: String, _ name: String) -> Int {
            let text = (try? String(contentsOfFile: "\(upper)/www/\(name)", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").count
        }

        private func check(_ engine: EngineUnderTest, runs: @escaping @Sendable () -> Int) async throws {
            try await eventually("the change of health that nobody saw") {
                try await engine.dockerOutput("inspect", "-f", "{{.State.Health.Status}}", "checked") == "unhealthy" ? true : nil
            }
            try await engine.dockerOutput("stop", "looping")
            let state = try await engine.dockerOutput("inspect", "-f", "{{.RestartCount}} {{.State.ExitCode}} {{.State.Status}}", "looping")
            // A restart counts from when it is decided; the stop may have come before the last one.
            #expect(["\(runs() - 1) 3 exited", "\(runs()) 3 exited"].contains(state), "\(state) after \(runs()) runs")
            let events = try await engine.dockerOutput(
                "events", "--since", "0", "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "--filter", "type=container",
                "--format", "{{.Actor.Attributes.name}} {{.Action}}"
            ).split(separator: "\n").map(String.init)
            #expect(events.filter { $0 == "looping die" }.count == runs(), "\(events)")
            #expect(events.filter { $0 == "looping start" }.count == runs(), "\(events)")
            let changes = events.filter { $0.hasPrefix("checked health_status") }
            #expect(changes == ["checked health_status: healthy", "checked health_status: unhealthy"])
        }
    }
}
