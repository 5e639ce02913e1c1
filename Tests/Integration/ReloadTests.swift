// SIGHUP: what of the configuration takes effect at once, and what is told.
import Contracts
import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ReloadTests {
    private func write(_ text: String, _ directory: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(directory)/daemon.json"))
    }

    @Test func changedKeysTakeEffectAndABrokenFileChangesNothing() async throws {
        let engine = EngineUnderTest()
        let directory = "/tmp/\(engine.name)-configuration"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write(#"{"labels": ["stage=one"]}"#, directory)
        do {
            try await engine.start(flags: ["--config", "\(directory)/daemon.json"])
            try await check(engine, directory)
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    @Test func containersGetTheConfigurationsDefaults() async throws {
        let engine = EngineUnderTest()
        let directory = "/tmp/\(engine.name)-configuration"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let limit = #"{"nofile": {"Name": "nofile", "Soft": 77, "Hard": 99}}"#
        try write(
            #"""
            {"log-driver": "local", "log-opts": {"max-size": "1m"}, "default-shm-size": "3M", "default-stop-timeout": 0, "init": true,
             "no-new-privileges": true, "default-ulimits": \#(limit)}
            """#, directory)
        do {
            try await engine.start(flags: ["--config", "\(directory)/daemon.json"])
            try await engine.importBusybox()
            let script = "ulimit -n; ulimit -Hn; df -m /dev/shm | awk 'NR == 2 { print $2 }'; grep NoNewPrivs /proc/self/status; echo $$"
            let seen = try await engine.dockerOutput("run", "--name", "default", "busybox", "sh", "-c", script)
            #expect(seen.split(whereSeparator: \.isWhitespace) == ["77", "99", "3", "NoNewPrivs:", "1", "2"], "\(seen)")
            let driver = try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.LogConfig.Type}}", "default")
            #expect(try await engine.dockerOutput("info", "-f", "{{.LoggingDriver}}") == "local" && driver == "local")
            try await engine.dockerOutput("run", "-d", "--name", "deaf", "busybox", "sh", "-c", "trap '' TERM; sleep 1000")
            try await engine.dockerOutput("stop", "deaf")
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.State.ExitCode}}", "deaf") == "137")
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    @Test func shimsTakeTheLevelOfTheLogsOverAndNobodyWaitsForOneThatIsStopped() async throws {
        let engine = EngineUnderTest()
        let directory = "/tmp/\(engine.name)-configuration"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write("{}", directory)
        do {
            try await engine.start(logLevel: nil, flags: ["--config", "\(directory)/daemon.json"])
            try await engine.importBusybox()
            try await checkLevels(engine, directory)
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    private func checkLevels(_ engine: EngineUnderTest, _ directory: String) async throws {
        for name in ["stopped", "heard"] { try await engine.dockerOutput("run", "-d", "--name", name, "busybox", "sleep", "1000") }
        let pid = try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "stopped")
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let parent = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last
        let shim = try #require(parent.flatMap { Int32($0) })
        kill(shim, SIGSTOP)
        defer { kill(shim, SIGCONT) }
        let log = "\(engine.logs)/shim.log"
        func notes(_ method: String) throws -> Int {
            try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").count { $0.hasSuffix("method=shim.\(method)") }
        }
        #expect(try notes("start") == 0)
        let supervisor = try #require(try engine.supervisorPID())
        try write(#"{"log-level": "debug"}"#, directory)
        kill(supervisor, SIGHUP)
        try await eventually("a call that the shim notes") {
            try await engine.dockerOutput("exec", "heard", "true")
            return try notes("exec.start") > 0 ? true : nil
        }
        // One that comes later has it from the start.
        try await engine.dockerOutput("run", "--rm", "busybox", "true")
        #expect(try notes("start") == 1)
        try write(#"{"log-level": "warn"}"#, directory)
        kill(supervisor, SIGHUP)
        try await eventually("a call that the shim doesn't note") {
            let before = try notes("exec.start")
            try await engine.dockerOutput("exec", "heard", "true")
            return try notes("exec.start") == before ? true : nil
        }
        kill(shim, SIGCONT)
        try await engine.dockerOutput("rm", "-f", "stopped", "heard")
    }

    private func check(_ engine: EngineUnderTest, _ directory: String) async throws {
        let gateway = try engine.pid(of: .gateway)
        let supervisor = try #require(try engine.supervisorPID())
        try write(#"{"labels": ["stage=two"], "mtu": 1400, "registry-mirrors": ["https://mirror.test"]}"#, directory)
        kill(supervisor, SIGHUP)
        try await eventually("the new label") {
            try await engine.dockerOutput("info", "-f", "{{.Labels}}") == "[stage=two]" ? true : nil
        }
        #expect(try await engine.dockerOutput("info", "-f", "{{.RegistryConfig.Mirrors}}") == "[https://mirror.test/]")
        try await eventually("the image service's word of it") {
            try String(contentsOfFile: "\(engine.logs)/images.log", encoding: .utf8).contains("the configuration was read again")
                ? true : nil
        }
        try write("{", directory)
        kill(supervisor, SIGHUP)
        let log = "\(engine.logs)/berthctl.log"
        try await eventually("word of the key that needs a restart") {
            try String(contentsOfFile: log, encoding: .utf8).contains(#"keys=["mtu"]"#) ? true : nil
        }
        let handedOver = try String(contentsOfFile: "\(engine.layout.run)/daemon.json", encoding: .utf8)
        #expect(handedOver.contains("stage=two") && !handedOver.contains("1400"), "no service has the new value before the others")
        #expect(try await engine.dockerOutput("info", "-f", "{{.Labels}}") == "[stage=two]")
        #expect(try engine.pid(of: .gateway) == gateway)
        let until = "\(Int(Date().timeIntervalSince1970) + 1)"
        let events = try await engine.dockerOutput(
            "events", "--since", "0", "--until", until, "--filter", "type=daemon", "--format", "{{.Action}} {{.Actor.Attributes.labels}}")
        #expect(events == #"reload ["stage=two"]"#)
    }
}
