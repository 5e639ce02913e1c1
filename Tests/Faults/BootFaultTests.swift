// A host that loses its power: when the engine is started again, so are its containers, each after what it depends on.
import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

extension Faults {
    @Suite struct Boot {
        private static let check = "test -f /ready"

        private func run(_ engine: EngineUnderTest, _ name: String, dependsOn: String? = nil, _ more: [String]) async throws {
            let labels = ["project=shop", "service=\(name)"] + (dependsOn.map { ["depends_on=\($0)"] } ?? [])
            let result = try await engine.docker(
                ["run", "-d", "--name", name, "--restart", "unless-stopped"] + labels.flatMap { ["--label", "com.docker.compose.\($0)"] }
                    + more)
            guard result.code == 0 else { throw CommandFailure(what: "docker run \(name)", result: result) }
        }

        /// The containers and their shims end at once, and nobody is told.
        private func cutPower(_ engine: EngineUnderTest, _ names: [String]) async throws {
            let pids = try await engine.docker(["inspect", "-f", "{{.State.Pid}}"] + names).text.split(separator: "\n").compactMap {
                Int32($0)
            }
            #expect(pids.count == names.count)
            try await engine.control(["down"])
            for pid in pids {
                let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n")
                let shim = status.first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last.flatMap { Int32($0) }
                kill(try #require(shim), SIGKILL)
                kill(pid, SIGKILL)
            }
        }

        private func starts(_ engine: EngineUnderTest, since: String) async throws -> [String] {
            try await engine.dockerOutput(
                "events", "--since", since, "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "--filter", "type=container",
                "--format", "{{.Actor.Attributes.name}} {{.Action}}"
            ).split(separator: "\n").map(String.init).filter { $0.contains("start") || $0.contains("healthy") }
        }

        @Test(.timeLimit(.minutes(5))) func afterAPowerFailureEachIsStartedAfterWhatItDependsOn() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                // The last one is made first: it isn't the age that decides.
                try await run(engine, "front", dependsOn: "web:service_started:false", ["busybox", "sleep", "1000"])
                try await run(engine, "web", dependsOn: "db:service_healthy:false", ["busybox", "sleep", "1000"])
                try await run(
                    engine, "db",
                    [
                        "--health-cmd", Self.check, "--health-interval", "100ms", "--health-retries", "1000", "busybox", "sh", "-c",
                        "rm -f /ready; sleep 2; touch /ready; exec sleep 1000",
                    ])
                try await run(engine, "stopped", ["busybox", "sleep", "1000"])
                try await engine.dockerOutput("stop", "-t", "0", "stopped")
                try await cutPower(engine, ["front", "web", "db"])
                let since = "\(Date().timeIntervalSince1970)"
                try await engine.start()
                let events = try await eventually("the start of the last", within: .seconds(120)) {
                    let events = try await starts(engine, since: since)
                    return events.contains("front start") ? events : nil
                }
                #expect(events == ["db start", "db health_status: healthy", "web start", "front start"])
                #expect(try await engine.dockerOutput("inspect", "-f", "{{.State.Status}}", "stopped") == "exited")
                try await engine.dockerOutput("rm", "-f", "front", "web", "db", "stopped")
            }
        }
    }
}
