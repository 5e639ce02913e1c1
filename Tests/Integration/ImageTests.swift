// Images in and out.
import Testing
import TestSupport

extension Integration {
    @Suite struct Images {
        @Test func listAndInspect() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("image", "inspect", "-f", "{{.Id}}", "busybox")
            #expect(id.hasPrefix("sha256:"))
            #expect(
                try await engine.dockerOutput("image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").contains(
                    "busybox:latest \(id)"))
            #expect(try await engine.dockerOutput("image", "inspect", "-f", "{{.Os}} {{len .RootFS.Layers}}", "busybox") == "linux 1")
        }

        @Test func tagAndRemove() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("tag", "busybox", "example.org/team/box:v1")
            #expect(try await engine.dockerOutput("run", "--rm", "example.org/team/box:v1", "echo", "x") == "x")
            #expect(try await engine.dockerOutput("image", "rm", "example.org/team/box:v1") == "Untagged: example.org/team/box:v1")
            #expect(try await engine.docker(["image", "inspect", "example.org/team/box:v1"]).code == 1)
            #expect(try await engine.docker(["image", "inspect", "busybox"]).code == 0)
        }

        @Test func importWithChanges() async throws {
            let engine = try Integration.engine
            var tar = TarArchive()
            tar.directory("data")
            tar.file("data/hello", "from the archive\n")
            let result = try await engine.docker(
                ["import", "--change", "CMD [\"x\"]", "--change", "ENV A=b", "--message", "made by a test", "-", "imported:1"],
                stdin: tar.finished())
            #expect(result.code == 0, "\(result)")
            #expect(result.line.hasPrefix("sha256:"))
            #expect(
                try await engine.dockerOutput("image", "inspect", "-f", "{{json .Config.Cmd}} {{json .Config.Env}}", "imported:1")
                    == "[\"x\"] [\"A=b\"]")
            let removed = try await engine.dockerOutput("rmi", "imported:1")
            #expect(removed.contains("Untagged: imported:1"))
            #expect(removed.contains("Deleted: sha256:"))
        }

        @Test func loadDockerArchive() async throws {
            let engine = try Integration.engine
            let archive = try await DockerArchive.busybox(tag: "loaded:v2")
            let result = try await engine.docker(["load"], stdin: archive)
            #expect(result.code == 0, "\(result)")
            #expect(result.text.contains("Loaded image: loaded:v2"))
            #expect(try await engine.dockerOutput("run", "--rm", "loaded:v2") == "loaded default command")
            try await engine.dockerOutput("rmi", "loaded:v2")
        }

        static let refusals: [Expectation] = [
            Expectation(
                arguments: ["run", "--rm", "--pull", "never", "nosuchimage", "true"], code: 125, errors: "No such image: nosuchimage:latest"
            ),
            Expectation(arguments: ["image", "inspect", "nosuchimage"], code: 1, errors: "No such image: nosuchimage"),
            Expectation(arguments: ["rmi", "nosuchimage"], code: 1, errors: "No such image: nosuchimage:latest"),
            Expectation(arguments: ["tag", "nosuchimage", "x:y"], code: 1, errors: "No such image: nosuchimage:latest"),
            Expectation(arguments: ["load"], stdin: "this is no archive", code: 1),
            Expectation(arguments: ["import", "-", "bad"], stdin: "this is no archive", code: 1),
        ]

        @Test(arguments: refusals)
        func refusal(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }

        @Test func imageInUseStays() async throws {
            let engine = try Integration.engine
            _ = try await engine.docker(["import", "-", "inuse:1"], stdin: TarArchive().finished())
            try await engine.dockerOutput("create", "--name", "user-of-image", "inuse:1", "true")
            let result = try await engine.docker(["rmi", "inuse:1"])
            #expect(result.code == 1, "\(result)")
            #expect(result.errorText.contains("conflict: unable to remove repository reference \"inuse:1\" (must force)"), "\(result)")
            try await engine.dockerOutput("rm", "user-of-image")
            try await engine.dockerOutput("rmi", "inuse:1")
        }
    }
}
