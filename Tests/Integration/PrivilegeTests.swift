// What a container's processes may do.
import Testing
import TestSupport

extension Integration {
    @Suite struct Privileges {
        private static func shell(_ flags: [String], _ script: String) -> [String] {
            ["run", "--rm"] + flags + ["busybox", "sh", "-c", script]
        }

        private static let effective = "awk '/CapEff/ {print $2}' /proc/self/status"

        static let table: [Expectation] = [
            Expectation(arguments: shell([], effective), output: "00000000a80425fb"),
            Expectation(arguments: shell(["--cap-drop", "ALL"], effective), output: "0000000000000000"),
            Expectation(arguments: shell(["--cap-drop", "ALL", "--cap-add", "CHOWN"], effective), output: "0000000000000001"),
            Expectation(arguments: shell(["--cap-add", "NET_ADMIN"], "ip link set lo down && echo done"), output: "done"),
            Expectation(arguments: shell(["--cap-drop", "CHOWN"], "chown 1 /tmp"), code: 1, errors: "not permitted"),
            Expectation(arguments: shell([], "mount -t tmpfs x /mnt"), code: 1, errors: "denied"),
            Expectation(arguments: shell(["--privileged"], "mount -t tmpfs x /mnt && echo done"), output: "done"),
            Expectation(arguments: shell([], "grep Seccomp: /proc/self/status | awk '{print $2}'"), output: "2"),
            Expectation(
                arguments: shell(["--security-opt", "seccomp=unconfined"], "grep Seccomp: /proc/self/status | awk '{print $2}'"),
                output: "0"),
            Expectation(
                arguments: shell(["--security-opt", "no-new-privileges"], "awk '/NoNewPrivs/ {print $2}' /proc/self/status"), output: "1"),
            Expectation(arguments: ["run", "--rm", "--cap-add", "NONSENSE", "busybox", "true"], code: 125, errors: "NONSENSE"),
            Expectation(arguments: shell([], "cat /proc/kcore | wc -c"), output: "0"),
            Expectation(arguments: shell([], "echo 1 > /proc/sys/kernel/panic"), code: 1, errors: "Read-only"),
        ]

        @Test(arguments: table)
        func privilege(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }

        @Test func sharedMemoryIsSharedAsAsked() async throws {
            let engine = try Integration.engine
            #expect(
                try await engine.dockerOutput(
                    "run", "--rm", "--ipc", "none", "busybox", "sh", "-c", "grep -c ' /dev/shm ' /proc/mounts; true") == "0")
            for (name, mode) in [("ipc-donor", "shareable"), ("ipc-alone", "private")] {
                try await engine.dockerOutput(
                    "run", "-d", "--name", name, "--ipc", mode, "busybox", "sh", "-c",
                    "echo word > /dev/shm/said; exec sleep 1000")
            }
            try await eventually("the word") {
                try await engine.docker(["exec", "ipc-donor", "test", "-s", "/dev/shm/said"]).code == 0 ? true : nil
            }
            let script = "cat /dev/shm/said; readlink /proc/self/ns/ipc"
            let guest = try await engine.dockerOutput("run", "--rm", "--ipc", "container:ipc-donor", "busybox", "sh", "-c", script)
            #expect(guest == (try await engine.dockerOutput("exec", "ipc-donor", "sh", "-c", script)))
            let refused = try await engine.docker(["run", "--rm", "--ipc", "container:ipc-alone", "busybox", "true"])
            #expect(refused.code == 125 && refused.errorText.contains("non-shareable IPC"), "\(refused)")
            try await engine.dockerOutput("rm", "-f", "ipc-donor", "ipc-alone")
        }

        @Test func initReapsOrphans() async throws {
            let script = "sh -c 'usleep 100000 & exit 0'; usleep 500000; ps -o stat | grep -c ^Z; ps -o pid,comm | awk '$1 == 1 {print $2}'"
            let result = try await Integration.engine.docker(["run", "--rm", "--init", "busybox", "sh", "-c", script])
            #expect(result.line.hasPrefix("0\n"), "\(result)")
            #expect(!result.line.hasSuffix("\nsh"), "\(result)")
        }

        @Test func initForwardsSignals() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--init", "--name", "forward", "busybox", "sleep", "1000")
            try await engine.dockerOutput("kill", "-s", "TERM", "forward")
            #expect(try await engine.dockerOutput("wait", "forward") == "143")
            try await engine.dockerOutput("rm", "forward")
        }
    }
}
