// Sockets with a policy: what their clients see and may do, and the ways around it that are closed.
import Contracts
import Foundation
import Glibc
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct ScopedSocketTests {
    private static let names = ["readers", "team", "limited"]

    private static func configuration(_ directory: String) -> String {
        """
        {"scoped-sockets": [
          {"path": "\(directory)/readers.sock", "read-only": true, "mask-environment": true},
          {"path": "\(directory)/team.sock", "labels": {"team": "a"}},
          {"path": "\(directory)/limited.sock", "labels": {"team": "b"}, "memory": 67108864, "cpus": 0.5, "pids": 50, "containers": 2}
        ]}
        """
    }

    /// A client of one of the sockets.
    private struct Client {
        let engine: EngineUnderTest
        let socket: String

        func docker(_ arguments: [String]) async throws -> CommandResult {
            let environment = engine.clientEnvironment.merging(["DOCKER_HOST": "unix://\(socket)"]) { $1 }
            return try await Command(EngineUnderTest.client, arguments, environment: environment, timeout: .seconds(60)).run()
        }

        func output(_ arguments: String...) async throws -> String {
            let result = try await docker(arguments)
            guard result.code == 0 else { throw CommandFailure(what: "docker \(arguments.joined(separator: " "))", result: result) }
            return result.line
        }

        /// The command fails, and says so.
        func refuses(_ words: String, _ arguments: String...) async throws {
            let result = try await docker(arguments)
            #expect(result.code != 0 && result.errorText.contains(words), "docker \(arguments.joined(separator: " ")): \(result)")
        }
    }

    private func withSockets(_ body: (EngineUnderTest, Client, Client, Client) async throws -> Void) async throws {
        let engine = EngineUnderTest()
        let directory = "/tmp/\(engine.name)-sockets"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(Self.configuration(directory).utf8).write(to: URL(filePath: "\(directory)/daemon.json"))
        do {
            try await engine.start(flags: ["--config", "\(directory)/daemon.json"])
            try await engine.importBusybox()
            try await engine.dockerOutput(
                "run", "-d", "--name", "others", "-e", "KEY=x", "-v", "/secret", "-v", "/etc:/host", "busybox", "sleep", "1000")
            let clients = Self.names.map { Client(engine: engine, socket: "\(directory)/\($0).sock") }
            try await body(engine, clients[0], clients[1], clients[2])
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    /// Its user may not make them where they are to be.
    @Test func anUnprivilegedGatewayServesThemAndEndsForNone() async throws {
        let engine = EngineUnderTest()
        guard let flags = try await engine.unprivilegedGateway() else { return }
        let directory = "/tmp/\(engine.name)-sockets"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let configuration = """
            {"scoped-sockets": [
              {"path": "\(directory)/a:b.sock", "read-only": true, "group": "1"},
              {"path": "\(directory)/team.sock", "labels": {"team": "a"}},
              {"path": "/nonexistent/none.sock"}
            ]}
            """
        try Data(configuration.utf8).write(to: URL(filePath: "\(directory)/daemon.json"))
        do {
            try await engine.start(flags: ["--config", "\(directory)/daemon.json"] + flags)
            try await engine.dockerOutput("volume", "create", "others")
            let (readers, team) = (
                Client(engine: engine, socket: "\(directory)/a:b.sock"), Client(engine: engine, socket: "\(directory)/team.sock")
            )
            for _ in 0..<2 {
                #expect(try await readers.output("volume", "ls", "-q") == "others")
                try await readers.refuses("not allowed at this socket", "volume", "create", "x")
                #expect(try await team.output("volume", "ls", "-q") == "")
                try await engine.kill([.gateway])
                try await engine.waitUntilHealthy()
            }
            var status = stat()
            #expect(stat("\(directory)/a:b.sock", &status) == 0 && status.st_gid == 1 && status.st_mode & 0o777 == 0o660)
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
        #expect(access("\(directory)/team.sock", F_OK) != 0, "it goes with the engine")
    }

    @Test func eachPolicyIsKept() async throws {
        try await withSockets { engine, readers, team, limited in
            try await checkReaders(readers)
            try await checkTeam(team, engine)
            try await checkBypasses(team, engine)
            try await checkEntries(team, engine)
            try await checkCeilings(limited)
        }
    }

    private func checkReaders(_ readers: Client) async throws {
        #expect(try await readers.output("ps", "--format", "{{.Names}}") == "others")
        #expect(try await readers.output("inspect", "-f", "{{.State.Status}}", "others") == "running")
        _ = try await readers.output("logs", "others")
        _ = try await readers.output("network", "ls")
        for arguments in [
            ["stop", "others"], ["rm", "-f", "others"], ["exec", "others", "true"], ["create", "busybox"], ["network", "create", "x"],
            ["volume", "create", "x"], ["rmi", "-f", "busybox"], ["tag", "busybox", "other"], ["system", "prune", "-f"],
            ["rename", "others", "x"],
            ["cp", "/etc/hostname", "others:/x"], ["commit", "others", "x"],
        ] {
            let result = try await readers.docker(arguments)
            #expect(result.code != 0 && result.errorText.contains("not allowed at this socket"), "docker \(arguments): \(result)")
        }
        #expect(try await readers.output("ps", "--format", "{{.Names}} {{.State}}") == "others running")
        try await readers.refuses("not allowed at this socket", "cp", "others:/host/hostname", "-")
        try await readers.refuses("not allowed at this socket", "top", "others", "e")
        #expect(try await readers.output("inspect", "-f", "{{.Config.Env}}", "others").hasPrefix("[KEY=***"))
    }

    /// It works as any engine does, with what is its own.
    private func checkTeam(_ team: Client, _ engine: EngineUnderTest) async throws {
        #expect(try await team.output("ps", "-aq") == "")
        _ = try await team.output("network", "create", "own")
        _ = try await team.output("volume", "create", "own")
        _ = try await team.output(
            "run", "-d", "--name", "own", "--network", "own", "-v", "own:/data", "-v", "made:/more", "busybox", "sleep", "1000")
        #expect(try await team.output("exec", "own", "echo", "in") == "in")
        #expect(try await team.output("ps", "--format", "{{.Names}}") == "own")
        #expect(try await engine.dockerOutput("inspect", "-f", "{{.Config.Labels.team}}", "own") == "a")
        #expect(try await team.output("volume", "ls", "-q").split(separator: "\n").sorted() == ["made", "own"])
        #expect(try await team.output("network", "ls", "-q", "-f", "name=own").isEmpty == false)
        let since = try await team.output(
            "events", "--since", "10m", "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "--format",
            "{{.Type}} {{.Actor.Attributes.name}}")
        #expect(since.split(separator: "\n").allSatisfy { $0 == "container own" } && !since.isEmpty, "\(since)")
        #expect(try await team.output("inspect", "-f", "{{len .Containers}}", "--type", "network", "bridge") == "0")
        #expect(try await team.output("info", "-f", "{{.Containers}} {{.ContainersRunning}}") == "1 1")
        let usage = try await team.output("system", "df", "-v")
        #expect(usage.contains("own") && usage.contains("made") && !usage.contains("others"), "\(usage)")
    }

    /// It may look after what was given to it, but gets no further by it.
    private func checkEntries(_ team: Client, _ engine: EngineUnderTest) async throws {
        let run = ["run", "-d", "--label", "team=a", "--name"]
        _ = try await engine.dockerOutputs(run + ["mounted", "-v", "/etc:/host", "busybox", "sleep", "1000"])
        _ = try await engine.dockerOutputs(run + ["mighty", "--privileged", "busybox", "sleep", "1000"])
        for name in ["mounted", "mighty"] {
            try await team.refuses("not allowed", "exec", name, "true")
            try await team.refuses("not allowed", "cp", "/etc/hostname", "\(name):/x")
            try await team.refuses("not allowed at this socket", "restart", "-t", "0", name)
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.State.Status}} {{.RestartCount}}", name) == "running 0")
            _ = try await team.output("stop", "-t", "0", name)
            try await team.refuses("not allowed at this socket", "start", name)
            _ = try await team.output("logs", name)
        }
        try await team.refuses("not allowed", "cp", "mounted:/host/passwd", "-")
        #expect(try await team.docker(["cp", "mighty:/bin/busybox", "-"]).code == 0)
        let log = ["--log-driver", "syslog", "--log-opt", "syslog-address=unixgram:///run/systemd/notify"]
        #expect(try await team.docker(["run", "--rm"] + log + ["busybox", "true"]).errorText.contains("not allowed"))
    }

    private func checkBypasses(_ team: Client, _ engine: EngineUnderTest) async throws {
        let id = try await engine.dockerOutput("inspect", "-f", "{{.Id}}", "others")
        let exec = try await engine.http("POST", "/containers/others/exec", json: #"{"Cmd":["true"]}"#)
        let execID = JSONTree(exec.body)?["Id"]?.text ?? ""
        for reference in ["others", id, String(id.prefix(8))] {
            for verb in ["inspect", "logs", "stop", "start", "kill", "pause", "top", "rm", "diff", "restart", "export", "port"] {
                let result = try await team.docker([verb, reference])
                #expect(result.code != 0, "docker \(verb) \(reference): \(result)")
            }
            try await team.refuses("No such container", "exec", reference, "true")
            try await team.refuses("No such container", "cp", "\(reference):/etc/passwd", "-")
        }
        let http = UnixHTTPClient(socketPath: team.socket, timeout: .seconds(20))
        let type = [("Content-Type", "application/json")]
        for (method, target) in [("GET", "json"), ("POST", "start"), ("POST", "resize?h=1&w=1")] {
            let reply = try await Blocking.run {
                try http.request(method, "/exec/\(execID)/\(target)", headers: type, body: Array("{}".utf8))
            }
            #expect(reply.status == 404, "\(method) \(target): \(reply.text)")
        }
        try await checkCreateBypasses(team)
        let volume = try await engine.dockerOutput("volume", "ls", "-q", "-f", "dangling=false").split(separator: "\n").map(String.init)
            .first { $0.count == 64 }
        try await team.refuses("not allowed", "run", "--rm", "-v", "\(volume ?? ""):/x", "busybox", "true")
        try await team.refuses("no such volume", "volume", "rm", volume ?? "")
        _ = try await team.output("container", "prune", "-f")
        _ = try await team.output("volume", "prune", "-a", "-f")
        #expect(try await engine.dockerOutput("ps", "-q", "-f", "name=others").isEmpty == false)
        #expect(try await engine.dockerOutput("volume", "ls", "-q").contains(volume ?? "none"))
    }

    private func checkCreateBypasses(_ team: Client) async throws {
        for options in [
            ["--privileged"], ["--network", "host"], ["--pid", "host"], ["--ipc", "host"], ["--uts", "host"], ["--cap-add", "SYS_ADMIN"],
            ["--device", "/dev/kmsg"], ["--security-opt", "seccomp=unconfined"], ["-v", "/etc:/x"],
            ["--mount", "type=bind,src=/etc,dst=/x"],
            ["--mount", "type=volume,src=v1,dst=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc"],
            ["--volumes-from", "others"], ["--network", "container:others"], ["--pid", "container:others"], ["--ipc", "container:others"],
            ["--cgroup-parent", "/"], ["--label", "team=b"], ["--cgroupns", "host"],
        ] {
            let result = try await team.docker(["run", "--rm"] + options + ["busybox", "true"])
            #expect(result.code == 125, "docker run \(options): \(result)")
        }
        try await team.refuses("not allowed", "exec", "--privileged", "own", "true")
        try await team.refuses("not allowed", "volume", "create", "-o", "type=none", "-o", "o=bind", "-o", "device=/etc", "v2")
        try await team.refuses("not allowed", "network", "create", "-o", "com.docker.network.bridge.name=eth0", "v3")
        try await team.refuses("not allowed", "rmi", "-f", "busybox")
        try await team.refuses("not allowed", "tag", "busybox", "other")
        try await team.refuses("not found", "network", "connect", "host", "own")
    }

    private func checkCeilings(_ limited: Client) async throws {
        let run = ["run", "-d", "--name", "first", "busybox", "sleep", "1000"]
        #expect(try await limited.docker(run).code == 0)
        let limits = try await limited.output(
            "inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}", "first")
        #expect(limits == "67108864 500000000 50")
        try await limited.refuses("not allowed", "run", "--rm", "-m", "128m", "busybox", "true")
        try await limited.refuses("not allowed", "run", "--rm", "--cpus", "1", "busybox", "true")
        try await limited.refuses("not allowed", "run", "--rm", "--pids-limit", "-1", "busybox", "true")
        try await limited.refuses("not allowed", "update", "-m", "128m", "--memory-swap", "128m", "first")
        #expect(try await limited.output("run", "--rm", "busybox", "echo", "second") == "second")
        try await eventually("the removal of the second container") { try await limited.output("ps", "-aq").count == 12 ? true : nil }
        _ = try await limited.output("create", "--name", "second", "busybox", "true")
        try await limited.refuses("more than 2 containers", "create", "--name", "third", "busybox")
    }
}
