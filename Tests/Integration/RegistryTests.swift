// Pull, push, login and run through the Docker client, against Debian's registry.
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct Registries {
        @Test func pushPullAndRun() async throws {
            let engine = try Integration.engine
            try await RegistryUnderTest.with { registry in
                let name = "\(registry.address)/team/box"
                try await engine.dockerOutput("tag", "busybox", "\(name):v1")
                let pushed = try await engine.dockerOutput("push", "\(name):v1")
                #expect(pushed.contains("The push refers to repository [\(name)]") && pushed.contains("v1: digest: sha256:"))
                try await engine.dockerOutput("rmi", "\(name):v1")
                try await engine.dockerOutput("rmi", "-f", "busybox")
                // A run of a missing image pulls it.
                let run = try await engine.docker(["run", "--rm", "\(name):v1", "echo", "pulled"])
                #expect(run.code == 0 && run.line == "pulled", "\(run)")
                #expect(run.errorText.contains("v1: Pulling from team/box"), "\(run)")
                #expect(run.errorText.contains("Status: Downloaded newer image for \(name):v1"), "\(run)")
                let again = try await engine.dockerOutput("pull", "\(name):v1")
                #expect(again.contains("Status: Image is up to date for \(name):v1"))
                let digest = try await engine.dockerOutput("image", "inspect", "-f", "{{index .RepoDigests 0}}", "\(name):v1")
                #expect(digest.hasPrefix("\(name)@sha256:"))
                #expect(try await engine.dockerOutput("pull", "-q", digest) == digest)
                try await engine.dockerOutput("tag", "\(name):v1", "busybox")
                try await engine.dockerOutput("rmi", "\(name):v1")
            }
        }

        @Test func missingImagesAreRefusedWithAStatus() async throws {
            let engine = try Integration.engine
            try await RegistryUnderTest.with { registry in
                let missing = try await engine.docker(["pull", "\(registry.address)/none:v1"])
                #expect(missing.code == 1, "\(missing)")
                #expect(
                    missing.errorText.contains(
                        "Error response from daemon: manifest for \(registry.address)/none:v1 not found: manifest unknown"), "\(missing)")
                let answer = try await engine.http("POST", "/images/create?fromImage=\(registry.address)/none&tag=v1")
                #expect(answer.status == 404)
            }
        }

        @Test func logIn() async throws {
            let engine = try Integration.engine
            try await RegistryUnderTest.with(.withLogin) { registry in
                let name = "\(registry.address)/private:v1"
                try await engine.dockerOutput("tag", "busybox", name)
                let denied = try await engine.docker(["push", name])
                #expect(denied.code == 1 && denied.errorText.contains("no basic auth credentials"), "\(denied)")
                let wrong = try await engine.docker(["login", "-u", "tester", "-p", "guess", registry.address])
                #expect(wrong.code == 1 && wrong.errorText.contains("401 Unauthorized"), "\(wrong)")
                let login = try await engine.docker(
                    ["login", "-u", RegistryUnderTest.user, "-p", RegistryUnderTest.password, registry.address])
                #expect(login.code == 0 && login.text.contains("Login Succeeded"), "\(login)")
                #expect(try await engine.dockerOutput("push", name).contains("v1: digest: sha256:"))
                try await engine.dockerOutput("rmi", name)
                #expect(try await engine.dockerOutput("pull", name).contains("Digest: sha256:"))
                try await engine.dockerOutput("rmi", name)
                try await engine.dockerOutput("logout", registry.address)
            }
        }
    }
}
