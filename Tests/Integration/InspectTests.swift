// What the engine says of itself, its containers, and what happens to them.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct Inspect {
        @Test func containerTellsWhatItWasMadeWith() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "create", "--name", "inspected", "-e", "K=V", "-l", "owner=test", "-w", "/tmp", "-u", "user",
                "busybox", "sleep", "5")
            let format =
                "{{json .Config.Env}} {{.Config.Labels.owner}} {{.Config.WorkingDir}} {{.Config.User}} {{.HostConfig.RestartPolicy.Name}}"
                + ":{{.HostConfig.RestartPolicy.MaximumRetryCount}} {{json .Config.Cmd}} {{.State.Status}} {{.Path}} {{json .Args}}"
            let text = try await engine.dockerOutput("inspect", "-f", format, "inspected")
            #expect(text.contains("\"K=V\""))
            #expect(text.hasSuffix("test /tmp user no:0 [\"sleep\",\"5\"] created sleep [\"5\"]"))
            // As inspect itself shows it: the client follows where it is sent.
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.Name}}", "/inspected") == "/inspected")
            try await engine.dockerOutput("rm", "inspected")
        }

        /// Programs look up there which container they are in.
        @Test func aContainersMountsSayItsID() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("create", "--name", "knows-itself", "busybox", "cat", "/proc/self/mountinfo")
            let mounts = try await engine.dockerOutput("start", "-a", "knows-itself")
            #expect(mounts.contains("/docker/containers/\(id)/hostname /etc/hostname "))
            try await engine.dockerOutput("rm", "knows-itself")
        }

        @Test func eventsAreToldInOrder() async throws {
            let engine = try Integration.engine
            let since = Date().timeIntervalSince1970 - 1
            try await engine.dockerOutput("run", "--rm", "--name", "eventful", "busybox", "true")
            let until = Date().timeIntervalSince1970 + 1
            let events = try await engine.dockerOutput(
                "events", "--since", "\(Int(since))", "--until", "\(Int(until))", "--filter", "container=eventful", "--filter",
                "type=container",
                "--format", "{{.Action}}")
            let order = ["create", "start", "die", "destroy"]
            #expect(events.split(separator: "\n").map(String.init).filter(order.contains) == order)
        }

        @Test func versionAndInfo() async throws {
            let engine = try Integration.engine
            #expect(try await engine.dockerOutput("version", "-f", "{{.Server.APIVersion}}").contains(/^1\.\d+$/))
            let version = try await engine.dockerOutput("version", "-f", "{{.Server.Version}} {{.Server.Platform.Name}}")
            #expect(version == "\(EngineVersion.docker) Berth \(EngineVersion.current)")
            #expect(try await engine.dockerOutput("info", "-f", "{{.ServerVersion}}") == EngineVersion.docker)
            let info = try await engine.dockerOutput("info", "-f", "{{.OSType}} {{.Containers}} {{.Images}} {{.Driver}} {{.DockerRootDir}}")
            #expect(info.hasPrefix("linux "))
            #expect(info.hasSuffix(engine.layout.root))
        }
    }
}
