// docker run: what goes in and what comes out.
import Contracts
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct Run {
        private static let run = ["run", "--rm", "busybox"]

        static let processes: [Expectation] = [
            Expectation(arguments: run + ["echo", "hello"], output: "hello"),
            Expectation(arguments: run + ["sh", "-c", "echo out; echo err >&2"], output: "out", errors: "err\n"),
            Expectation(arguments: run + ["true"], code: 0, output: ""),
            Expectation(arguments: run + ["false"], code: 1),
            Expectation(arguments: run + ["sh", "-c", "exit 3"], code: 3),
            Expectation(arguments: ["run", "--rm", "--init", "busybox", "sh", "-c", "kill -9 $$"], code: 137),
            Expectation(arguments: run + ["sh", "-c", "kill -TERM $$; exec sleep 1"], code: 0),
            Expectation(arguments: ["run", "--rm", "--no-such-flag", "busybox"], code: 125),
            Expectation(arguments: ["run", "--rm", "--memory", "1k", "busybox", "true"], code: 125, errors: "memory"),
            Expectation(arguments: run + ["/etc/passwd"], code: 126, errors: "permission denied"),
            Expectation(arguments: run + ["/bin"], code: 126),
            Expectation(arguments: run + ["/no/such/program"], code: 127, errors: "no such file or directory"),
            Expectation(arguments: run + ["nosuchprogram"], code: 127, errors: "executable file not found in $PATH"),
        ]

        @Test(arguments: processes)
        func process(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }

        /// Who has read a container's output to its end finds it ended.
        @Test func theEndOfAnAttachmentIsTheContainersEnd() async throws {
            let engine = try Integration.engine
            let client = UnixHTTPClient(socketPath: engine.layout.gatewaySocket, timeout: .seconds(30))
            for _ in 1...10 {
                try await engine.dockerOutput("create", "--name", "attached", "busybox", "echo", "all")
                async let output = client.request("POST", "/containers/attached/attach?stream=1&stdout=1&logs=1")
                async let started = client.request("POST", "/containers/attached/start")
                let body = try await output.text
                let state = try client.request("GET", "/containers/attached/json").text
                #expect(body.hasSuffix("all\n") && state.contains(#""Status":"exited""#), "\(body) \(state)")
                #expect(try await started.status == 204)
                try await engine.dockerOutput("rm", "-f", "attached")
            }
        }

        static let settings: [Expectation] = [
            Expectation(
                arguments: ["run", "--rm", "-e", "A=1", "-e", "B=two words", "busybox", "sh", "-c", "echo $A-$B"], output: "1-two words"),
            Expectation(
                arguments: ["run", "--rm", "busybox", "sh", "-c", "echo $PATH:$HOME"],
                output: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/root"),
            Expectation(arguments: ["run", "--rm", "-w", "/tmp", "busybox", "pwd"], output: "/tmp"),
            Expectation(arguments: ["run", "--rm", "-w", "/made/for/it", "busybox", "pwd"], output: "/made/for/it"),
            Expectation(
                arguments: ["run", "--rm", "-u", "user", "busybox", "id"],
                output: "uid=1000(user) gid=1000(user) groups=1000(user),1001(extra)"),
            Expectation(arguments: ["run", "--rm", "-u", "7:8", "busybox", "sh", "-c", "id -u; id -g"], output: "7\n8"),
            Expectation(arguments: ["run", "--rm", "-u", "stranger", "busybox", "true"], code: 125, errors: "stranger"),
            Expectation(arguments: ["run", "--rm", "--hostname", "box", "busybox", "hostname"], output: "box"),
            Expectation(arguments: ["run", "--rm", "--entrypoint", "/bin/echo", "busybox", "a", "b"], output: "a b"),
            Expectation(
                arguments: ["run", "--rm", "--ulimit", "nofile=123:456", "busybox", "sh", "-c", "ulimit -n; ulimit -Hn"], output: "123\n456"
            ),
        ]

        @Test(arguments: settings)
        func setting(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }

        @Test(arguments: [0, 1, 100_000, 3_000_000])
        func stdinIsReadToItsEnd(bytes: Int) async throws {
            let sent = (0..<bytes).map { UInt8(ascii: "a") + UInt8($0 % 25) }
            let result = try await Integration.engine.docker(["run", "--rm", "-i", "busybox", "cat"], stdin: sent)
            #expect(result.code == 0)
            let isSame = result.output == sent
            #expect(isSame, "\(result.output.count) of \(bytes) bytes came back, or others")
        }

        @Test func terminalIsOne() async throws {
            let terminal = try Integration.engine.dockerAtTerminal(
                ["run", "--rm", "-it", "busybox", "sh", "-c", "tty; stty size; read x; echo got:$x"], rows: 33, columns: 111)
            let greeting = try await terminal.read { $0.contains("33 111") }
            #expect(greeting.contains("/dev/"))
            try terminal.type("word\n")
            let answer = try await terminal.read { $0.contains("got:word") }
            #expect(answer.contains("got:word"))
            #expect(try await terminal.wait() == .code(0))
        }

        @Test func detachedPrintsTheID() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("run", "-d", "--name", "detached", "busybox", "sleep", "1000")
            #expect(id.count == 64)
            #expect(id.contains(#/^[0-9a-f]+$/#))
            #expect(
                try await engine.dockerOutput("inspect", "-f", "{{.Id}} {{.Name}} {{.State.Running}}", "detached") == "\(id) /detached true"
            )
            try await engine.dockerOutput("rm", "-f", "detached")
        }

        @Test func nameConflictSaysWhoHasIt() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("create", "--name", "taken", "busybox", "true")
            let second = try await engine.docker(["run", "--name", "taken", "busybox", "true"])
            #expect(second.code == 125)
            #expect(second.errorText.contains("Conflict. The container name \"/taken\" is already in use by container \"\(id)\""))
            try await engine.dockerOutput("rm", "taken")
        }
    }
}
