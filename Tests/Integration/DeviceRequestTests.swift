// Devices that files describe: asked for by the real client, and looked at from inside.
import Contracts
import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct DeviceRequestTests {
    /// An engine that looks for specifications in two directories of its own.
    private struct Rig {
        let engine: EngineUnderTest
        let directory: String

        func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)")) }

        /// `device` is one, or several separated by commas, in the client's form for requests.
        func run(_ devices: String, _ script: String, _ options: [String] = []) async throws -> CommandResult {
            let request = "driver=cdi,\"device=\(devices)\""
            return try await engine.docker(["run", "--rm", "--gpus", request] + options + ["busybox", "sh", "-c", script])
        }

        /// Status and words of a start.
        func start(_ name: String, _ requests: String) async throws -> HTTPReply {
            let body = #"{"Image":"busybox","Cmd":["true"],"HostConfig":{"DeviceRequests":[\#(requests)]}}"#
            let made = try await engine.http("POST", "/v1.44/containers/create?name=\(name)", json: body)
            #expect(made.status == 201, "\(made.text)")
            return try await engine.http("POST", "/v1.44/containers/\(name)/start")
        }
    }

    private func withRig(_ body: (Rig) async throws -> Void) async throws {
        let engine = EngineUnderTest()
        let rig = Rig(engine: engine, directory: "/tmp/\(engine.name)-devices")
        for name in ["low", "high", "library"] {
            try FileManager.default.createDirectory(atPath: "\(rig.directory)/\(name)", withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: rig.directory) }
        let socket = #""scoped-sockets": [{"path": "\#(rig.directory)/team.sock"}]"#
        try rig.write("daemon.json", #"{"cdi-spec-dirs": ["\#(rig.directory)/low", "\#(rig.directory)/high"], \#(socket)}"#)
        try rig.write("library/file", "from the host\n")
        do {
            try await engine.start(flags: ["--config", "\(rig.directory)/daemon.json"])
            try await engine.importBusybox()
            try await body(rig)
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    private func specification(_ directory: String) -> String {
        #"""
        {"cdiVersion": "0.7.0", "kind": "berth.test/thing",
         "containerEdits": {"env": ["THING=all"], "additionalGids": [4711],
           "mounts": [{"hostPath": "\#(directory)/library", "containerPath": "/opt/library", "options": ["ro", "nosuid", "rbind"]}]},
         "devices": [
           {"name": "null", "containerEdits": {"env": ["NULL=yes"], "deviceNodes": [{"path": "/dev/thing0", "hostPath": "/dev/null"}]}},
           {"name": "fuse", "containerEdits": {"deviceNodes": [
             {"path": "/dev/thing1", "type": "c", "major": 10, "minor": 229, "fileMode": 384, "permissions": "rw", "uid": 7, "gid": 8}]}},
           {"name": "bad", "containerEdits": {"hooks": [{"hookName": "prestart", "path": "/bin/true"}]}},
           {"name": "hooked", "containerEdits": {"hooks": [
             {"hookName": "createContainer", "path": "\#(directory)/hook", "args": ["hook", "linked"]}]}}]}
        """#
    }

    @Test func containersGetWhatIsDescribed() async throws {
        try await withRig { rig in
            try rig.write("low/thing.json", specification(rig.directory))
            try await checkDevices(rig)
            try await checkHooks(rig)
            try await checkViews(rig)
            try await checkRefusals(rig)
            try await checkScope(rig)
        }
    }

    private func checkDevices(_ rig: Rig) async throws {
        let script = """
            echo $THING $NULL; stat -c '%t:%T %a %u:%g' /dev/thing0 /dev/thing1; cat /dev/thing0 | wc -c; cat /opt/library/file
            touch /opt/library/x 2>/dev/null || echo fixed; id -G | grep -cw 4711
            """
        let both = try await rig.run("berth.test/thing=null,berth.test/thing=fuse", script, ["-e", "THING=own"])
        #expect(
            both.line.split(separator: "\n") == ["all yes", "1:3 666 0:0", "a:e5 600 7:8", "0", "from the host", "fixed", "1"], "\(both)")
        let one = try await rig.run("berth.test/thing=fuse", "ls /dev | grep -c thing; echo $THING-$NULL")
        #expect(one.line == "1\nall-", "\(one)")
        // What is in a later directory counts, at once.
        try rig.write(
            "high/thing.json",
            #"{"cdiVersion":"0.3.0","kind":"berth.test/thing","devices":[{"name":"null","containerEdits":{"env":["NULL=other"]}}]}"#)
        #expect(try await rig.run("berth.test/thing=null", "echo $THING-$NULL").line == "-other")
        try FileManager.default.removeItem(atPath: "\(rig.directory)/high/thing.json")
    }

    /// As what comes with GPUs does: a program of the host's changes the container's files before its process runs.
    private func checkHooks(_ rig: Rig) async throws {
        let script = """
            #!/bin/sh
            bundle=$(sed 's/.*"bundle":"\\([^"]*\\)".*/\\1/')
            root=$(sed 's/.*"path":"\\([^"]*\\)".*/\\1/' $bundle/config.json)
            ln -s /opt/library/file $root/$1

            """
        try rig.write("hook", script)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(rig.directory)/hook")
        let hooked = try await rig.run("berth.test/thing=hooked", "cat /linked; ls /tmp | wc -l")
        #expect(hooked.line == "from the host\n0", "\(hooked)")
        try rig.write("hook", "#!/bin/sh\necho no such luck >&2\nexit 3\n")
        let failed = try await rig.run("berth.test/thing=hooked", "true")
        #expect(failed.code != 0 && failed.errorText.contains("exit status 3, output: no such luck"), "\(failed)")
        let privileged = try await rig.run("berth.test/thing=null", "stat -c %t:%T /dev/thing0", ["--privileged"])
        #expect(privileged.line == "1:3", "\(privileged)")
    }

    private func checkViews(_ rig: Rig) async throws {
        let reply = try await rig.engine.http("GET", "/v1.50/info")
        for name in ["null", "fuse", "hooked"] {
            #expect(
                reply.text.contains(#"{"Source":"cdi","ID":"berth.test/thing=\#(name)"}"#)
                    || reply.text.contains(#"{"ID":"berth.test/thing=\#(name)","Source":"cdi"}"#), "\(reply.text)")
        }
        #expect(try await !rig.engine.http("GET", "/v1.49/info").text.contains("DiscoveredDevices"))
        #expect(reply.text.replacing("\\/", with: "/").contains("\"CDISpecDirs\":[\"\(rig.directory)/low\",\"\(rig.directory)/high\"]"))
        try rig.write("low/other.yaml", "cdiVersion: 0.5.0\n")
        let warned = try await rig.engine.docker(["info"])
        #expect((warned.text + warned.errorText).contains("this engine reads no YAML"), "\(warned)")
        try FileManager.default.removeItem(atPath: "\(rig.directory)/low/other.yaml")
        try await rig.engine.dockerOutput(
            "create", "--name", "shown", "--gpus", "driver=cdi,device=berth.test/thing=null", "busybox", "true")
        let format = "{{(index .HostConfig.DeviceRequests 0).Driver}} {{(index .HostConfig.DeviceRequests 0).DeviceIDs}}"
        #expect(try await rig.engine.dockerOutput("inspect", "-f", format, "shown") == "cdi [berth.test/thing=null]")
    }

    private func checkRefusals(_ rig: Rig) async throws {
        let cases = [
            (#"{"Count":-1,"Capabilities":[["gpu"]]}"#, 500, "could not select device driver \"\" with capabilities: [[gpu]]"),
            (#"{"Driver":"cdi","DeviceIDs":["berth.test/thing=x","y"]}"#, 500, "unresolvable CDI devices berth.test/thing=x, y"),
            (#"{"Driver":"cdi","Count":1,"DeviceIDs":["berth.test/thing=null"]}"#, 500, "unexpected count in CDI device request"),
            (#"{"Driver":"cdi","DeviceIDs":["berth.test/thing=bad"]}"#, 501, "a prestart hook (/bin/true) is not supported"),
        ]
        for (index, (request, status, words)) in cases.enumerated() {
            let reply = try await rig.start("refused\(index)", request)
            let text = reply.text.replacing("\\\"", with: "\"").replacing("\\/", with: "/")
            #expect(reply.status == status && text.contains(words), "\(request): \(reply.status) \(reply.text)")
            #expect(try await rig.engine.dockerOutput("inspect", "-f", "{{.State.ExitCode}}", "refused\(index)") == "128")
        }
        let run = try await rig.engine.docker(["run", "--rm", "--gpus", "all", "busybox", "true"])
        #expect(run.code == 125 && run.errorText.contains("could not select device driver \"\" with capabilities: [[gpu]]"), "\(run)")
    }

    private func checkScope(_ rig: Rig) async throws {
        let environment = rig.engine.clientEnvironment.merging(["DOCKER_HOST": "unix://\(rig.directory)/team.sock"]) { $1 }
        for arguments in [
            ["run", "--rm", "--gpus", "driver=cdi,device=berth.test/thing=null", "busybox", "true"], ["start", "-a", "shown"],
        ] {
            let result = try await Command(EngineUnderTest.client, arguments, environment: environment, timeout: .seconds(60)).run()
            #expect(result.code != 0 && result.errorText.contains("not allowed"), "\(arguments): \(result)")
        }
    }
}
