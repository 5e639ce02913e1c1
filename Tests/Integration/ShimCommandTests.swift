// berthctl shim with every service down: containers can be looked into and ended all the same.
import Contracts
import Foundation
import Testing
import TestSupport

@Suite(.serialized)
struct ShimCommandsAlone {
    @Test func containersAreReachedWithoutServices() async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            let id = try await engine.dockerOutput(
                "run", "-d", "--name", "alone", "--health-cmd", "true", "--health-interval", "50ms", "busybox", "sh", "-c",
                "echo said; exec sleep 1000")
            try await eventually("its output") { try await engine.dockerOutput("logs", "alone") == "said" ? true : nil }
            try await engine.control(["down"])

            let list = try await engine.control(["shim", "ls"]).text
            #expect(list.contains(String(id.prefix(12))) && list.contains("running"))
            #expect(try await engine.control(["shim", "logs", id]).text == "said\n")
            #expect(try await engine.control(["shim", "logs", "--json", id]).text.contains("\"log\":\"said\\n\""))
            #expect(try await engine.control(["shim", "stats"]).text.contains(String(id.prefix(12))))
            let events = try await engine.control(["shim", "events", id]).text
            #expect(events.contains("started pid=") && events.contains("health healthy"), "\(events)")
            #expect(try await engine.control(["shim", "inspect", id]).text.contains("\"restartCount\" : 0"))
            let run = try await Command(
                "\(engine.binaries)/berthctl",
                ["shim", "exec", "--root", engine.layout.root, "--run", engine.layout.run, id, "sh", "-c", "echo in; echo err >&2; exit 5"]
            ).run()
            #expect(run.code == 5 && run.text == "in\n" && run.errorText == "err\n", "\(run)")
            #expect(try await engine.control(["shim", "kill", id]).line == id)
            try await eventually("the end") { try await engine.control(["shim", "ls"]).text.contains("exited (137)") ? true : nil }

            try await engine.start()
            try await eventually("the end in the gateway's record") {
                let state = try await engine.dockerOutput("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "alone")
                return state == "exited 137" ? true : nil
            }
            try await engine.dockerOutput("rm", "alone")
        }
    }
}
