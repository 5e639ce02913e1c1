// More processes in a running container.
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct Exec {
        private func withContainer(_ name: String, _ body: (EngineUnderTest) async throws -> Void) async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", name, "-e", "FROM=run", "busybox", "sleep", "1000")
            try await body(engine)
            try await engine.dockerOutput("rm", "-f", name)
        }

        @Test func processes() async throws {
            try await withContainer("ex1") { engine in
                for expectation in [
                    Expectation(arguments: ["exec", "ex1", "echo", "hi"], output: "hi"),
                    Expectation(arguments: ["exec", "ex1", "sh", "-c", "exit 7"], code: 7),
                    Expectation(arguments: ["exec", "ex1", "sh", "-c", "echo $FROM"], output: "run"),
                    Expectation(
                        arguments: ["exec", "-e", "A=b", "-w", "/tmp", "-u", "1000", "ex1", "sh", "-c", "echo $A $(pwd) $(id -u)"],
                        output: "b /tmp 1000"),
                    Expectation(arguments: ["exec", "-i", "ex1", "wc", "-c"], stdin: "12345", output: "5"),
                    Expectation(arguments: ["exec", "ex1", "nosuchprogram"], code: 127, words: "executable file not found"),
                    Expectation(arguments: ["exec", "ex1", "/etc/passwd"], code: 126, words: "permission denied"),
                    Expectation(arguments: ["exec", "-d", "ex1", "touch", "/made"], output: ""),
                ] {
                    try await expectation.check(engine)
                }
                try await eventually("the detached exec's file") {
                    try await engine.docker(["exec", "ex1", "test", "-f", "/made"]).code == 0 ? true : nil
                }
            }
        }

        /// A client may see the end of the stream before anybody but the shim knows of it.
        @Test func theExitCodeOfWhatEndsAtOnceIsNeverMissed() async throws {
            try await withContainer("ex5") { engine in
                let codes = try await withThrowingTaskGroup(of: Int32.self) { group in
                    for _ in 0..<40 { group.addTask { try await engine.docker(["exec", "ex5", "sh", "-c", "exit 4"]).code } }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(codes == [4])
            }
        }

        @Test func terminal() async throws {
            try await withContainer("ex2") { engine in
                let terminal = try engine.dockerAtTerminal(["exec", "-it", "ex2", "sh"], rows: 20, columns: 70)
                try terminal.type("stty size; tty; exit 3\n")
                let screen = try await terminal.read { $0.contains("/dev/pts/") && $0.contains("20 70") }
                #expect(screen.contains("20 70"))
                #expect(try await terminal.wait() == .code(3))
            }
        }

        @Test func topListsProcesses() async throws {
            try await withContainer("ex3") { engine in
                let lines = try await engine.dockerOutput("top", "ex3").split(separator: "\n")
                #expect(lines.count == 2)
                #expect(lines.first?.contains("PID") == true)
                #expect(lines.last?.contains("sleep 1000") == true)
            }
        }

        @Test func endedContainerRefuses() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "--name", "ex4", "busybox", "true")
            let result = try await engine.docker(["exec", "ex4", "true"])
            #expect(result.code == 1)
            #expect(result.errorText.contains("is not running"))
            try await engine.dockerOutput("rm", "ex4")
        }
    }
}
