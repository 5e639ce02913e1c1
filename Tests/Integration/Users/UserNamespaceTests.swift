// Containers with user namespaces of their own: everything that works without one works in one.
import Contracts
import Foundation
import Glibc
import TestSupport
import Testing

extension Integration {
    @Suite struct UserNamespaces {
        /// The docker client lets only `host` pass as `--userns`.
        static let own = ["--label", "berth.userns=auto"]

        static func shell(_ flags: [String], _ script: String) -> [String] {
            ["run", "--rm"] + own + flags + ["busybox", "sh", "-c", script]
        }

        private func inspect(_ format: String, _ name: String) async throws -> String {
            try await Integration.engine.dockerOutput("inspect", "-f", format, name)
        }

        /// The first of a container's IDs on the host.
        static func first(_ name: String) async throws -> UInt32 {
            let text = try await Integration.engine.dockerOutput("inspect", "-f", "{{(index .IDMappings.UidMap 0)}}", name)
            return try #require(text.split(separator: ":").dropFirst().first.flatMap { UInt32($0) })
        }

        // MARK: Ranges

        @Test func eachHasIDsOfItsOwn() async throws {
            let engine = try Integration.engine
            for name in ["owners-a", "owners-b"] {
                try await engine.dockerOutputs(["run", "-d", "--name", name] + Self.own + ["busybox", "sleep", "1000"])
            }
            let (first, second) = (try await Self.first("owners-a"), try await Self.first("owners-b"))
            #expect(second >= first + 65_536)
            let pid = try await inspect("{{.State.Pid}}", "owners-a")
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            #expect(status.contains("Uid:\t\(first)\t\(first)\t\(first)\t\(first)\n"), "\(status)")
            #expect(try await engine.dockerOutput("exec", "owners-a", "id", "-u") == "0")
            let map = try await engine.dockerOutput("exec", "owners-b", "cat", "/proc/self/uid_map")
            #expect(map.split(separator: " ").map(String.init) == ["0", "\(second)", "65536"])
            // What was given back is given again; what is kept stays over a start.
            try await engine.dockerOutput("rm", "-f", "owners-a")
            try await engine.dockerOutputs(["create", "--name", "owners-c", "--label", "berth.userns=auto:size=1000", "busybox", "true"])
            #expect(try await inspect("{{.IDMappings.GidMap}}", "owners-c") == "[0:\(first):1000]")
            try await engine.dockerOutput("restart", "-t", "0", "owners-b")
            #expect(try await Self.first("owners-b") == second)
            try await engine.dockerOutput("rm", "-f", "owners-b", "owners-c")
        }

        @Test func usersOutsideAreRefusedByName() async throws {
            let engine = try Integration.engine
            let result = try await engine.docker(
                ["run", "--rm", "--label", "berth.userns=auto:size=100", "--user", "100", "busybox", "true"])
            #expect(result.code != 0 && result.errorText.contains("user 100 is not mapped"), "\(result)")
            for text in ["keep-id", "auto:size=-1"] {
                let result = try await engine.docker(["create", "--label", "berth.userns=\(text)", "busybox", "true"])
                #expect(result.code != 0 && result.errorText.contains("invalid userns mode: \(text)"), "\(result)")
            }
        }

        // MARK: From inside

        private static let look = """
            cat /etc/hostname | wc -c; ls -ln /etc/hosts /etc/resolv.conf /etc/hostname | cut -c 1-40
            stat -c '%a %u:%g %n' / /tmp /dev /dev/shm /dev/mqueue /dev/pts /dev/null /dev/ptmx
            grep -E 'Cap|NoNewP|Seccomp:|Groups' /proc/self/status; ulimit -a
            mount | grep -v overlay | sed 's/,idmapped//; s/,[ug]id=[0-9]*//g' | sort; wc -l < /proc/net/dev; ip -o addr | grep -c inet
            """

        @Test func looksLikeAnyOther() async throws {
            let engine = try Integration.engine
            for flags in [[], ["--init"], ["--read-only"], ["--network", "none"], ["--cap-drop", "ALL"], ["--user", "1000:50"], ["-i"]] {
                let plain = try await engine.dockerOutputs(["run", "--rm"] + flags + ["busybox", "sh", "-c", Self.look])
                #expect(try await engine.dockerOutputs(Self.shell(flags, Self.look)) == plain, "\(flags)")
            }
        }

        static let table: [Expectation] = [
            Expectation(arguments: shell([], "echo said > /dev/stdout; echo x > /etc/hosts && wc -l < /etc/hosts"), output: "said\n1"),
            Expectation(arguments: shell(["--user", "7:8"], "id -u; id -g; echo said > /dev/stdout"), output: "7\n8\nsaid"),
            Expectation(
                arguments: shell(["-t"], "tty; ls -ln /dev/console | cut -c 1; stat -c %u /dev/pts/0"), output: "/dev/pts/0\r\nc\r\n0"),
            Expectation(arguments: shell([], "chown 1000:1000 /tmp && su -s /bin/sh daemon -c 'id -u' 2>/dev/null || id -u"), output: "0"),
            Expectation(
                arguments: shell(["--cap-add", "NET_ADMIN"], "ip link set lo down && ip addr add 10.9.9.9/32 dev eth0 && echo set"),
                output: "set"),
            Expectation(arguments: shell([], "ip link set lo down"), code: 2, errors: "not permitted"),
            Expectation(arguments: shell([], "ping -c 1 -W 5 127.0.0.1 > /dev/null && echo back"), output: "back"),
            Expectation(
                arguments: shell([], "nc -l -p 80 -e true & sleep 0.2; nc -w 1 127.0.0.1 80 < /dev/null && echo bound"), output: "bound"),
            Expectation(
                arguments: shell(["--cap-add", "SYS_ADMIN"], "hostname other && mount -t tmpfs x /mnt && hostname"), output: "other"),
            Expectation(arguments: shell(["--sysctl", "net.ipv4.ip_forward=1"], "cat /proc/sys/net/ipv4/ip_forward"), output: "1"),
            Expectation(arguments: shell(["--sysctl", "kernel.shmmni=9"], "cat /proc/sys/kernel/shmmni"), output: "9"),
            Expectation(arguments: shell(["--ulimit", "nofile=500:700"], "ulimit -n; ulimit -Hn"), output: "500\n700"),
            Expectation(arguments: shell(["--oom-score-adj", "100"], "cat /proc/self/oom_score_adj"), output: "100"),
            Expectation(
                arguments: shell(["--tmpfs", "/t:uid=5,mode=700"], "stat -c '%u %a' /t; touch /t/x && echo w"), output: "5 700\nw"),
            Expectation(
                arguments: shell(["--device", "/dev/null:/dev/deep/null2"], "echo x > /dev/deep/null2 && echo open"), output: "open"),
            Expectation(arguments: shell(["--workdir", "/new/dir"], "pwd; stat -c %u ."), output: "/new/dir\n0"),
            Expectation(arguments: shell(["--read-only"], "touch /x"), code: 1, errors: "Read-only"),
            Expectation(arguments: shell(["--memory", "64m", "--pids-limit", "50"], "echo limited"), output: "limited"),
            Expectation(arguments: shell(["--ipc", "host"], "echo ipc; ls /dev/mqueue > /dev/null && echo seen"), output: "ipc\nseen"),
            Expectation(arguments: shell(["--uts", "host"], "echo uts"), output: "uts"),
            Expectation(arguments: shell(["--cgroupns", "private"], "cat /proc/self/cgroup | grep -c berth"), code: 1, output: "0"),
            Expectation(
                arguments: shell(["--privileged"], "mount -t tmpfs x /mnt && grep -c . /proc/keys > /dev/null; echo all"), output: "all"),
            Expectation(arguments: shell(["--init"], "ps -o pid,comm | head -n 2 | tail -n 1 | tr -s ' '"), output: "1 init"),
        ]

        @Test(arguments: table)
        func works(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }

        // MARK: While it runs

        @Test func execsCopiesChecksAndRestartsWork() async throws {
            let engine = try Integration.engine
            let health = ["--health-cmd", "test -w /dev/shm && echo x > /dev/stdout", "--health-interval", "200ms"]
            try await engine.dockerOutputs(
                ["run", "-d", "--name", "busy", "--restart", "always"] + Self.own + health
                    + ["busybox", "sh", "-c", "echo began; echo x >> /runs; exec sleep 1000"])
            try await eventually("health") { try await inspect("{{.State.Health.Status}}", "busy") == "healthy" ? true : nil }
            try await Expectation(arguments: ["exec", "-u", "9", "busy", "sh", "-c", "id -u; echo x > /dev/stdout"], output: "9\nx").check(
                engine)
            try await Expectation(arguments: ["exec", "-i", "busy", "cat"], stdin: "through", output: "through").check(engine)
            try await Expectation(arguments: ["exec", "busy", "cat", "/proc/self/oom_score"], code: 0).check(engine)
            try await copies("busy")
            #expect(try await engine.dockerOutput("diff", "busy").contains("C /etc"))
            #expect(try await engine.dockerOutput("logs", "busy") == "began")
            #expect(try await engine.dockerOutput("top", "busy").contains("sleep 1000"))
            #expect(try await engine.dockerOutput("stats", "--no-stream", "--format", "{{.PIDs}}", "busy") == "1")
            try await engine.dockerOutput("pause", "busy")
            try await engine.dockerOutput("unpause", "busy")
            _ = try await Command("/bin/kill", ["-9", inspect("{{.State.Pid}}", "busy")]).run()
            try await eventually("a restart") {
                try await inspect("{{.RestartCount}} {{.State.Status}}", "busy") == "1 running" ? true : nil
            }
            #expect(try await engine.dockerOutput("exec", "busy", "wc", "-l", "/runs").hasPrefix("2 "))
            try await engine.dockerOutput("rm", "-f", "busy")
        }

        /// Owners in archives are those in the container, whether it runs or not.
        private func copies(_ name: String) async throws {
            let engine = try Integration.engine
            var archive = TarArchive()
            archive.file("etc/given", "words")
            let result = try await engine.docker(["cp", "-a", "-", "\(name):/"], stdin: archive.finished())
            #expect(result.code == 0, "\(result)")
            #expect(try await engine.dockerOutput("exec", name, "stat", "-c", "%u:%g", "/etc/given") == "0:0")
            try await engine.dockerOutput("exec", name, "chown", "33:44", "/etc/given")
            let out = try await Command(
                "/bin/sh", ["-c", "docker cp \(name):/etc/given - | tar -tvn --numeric-owner"],
                environment: ["DOCKER_HOST": engine.dockerHost]
            ).run()
            #expect(out.text.contains(" 33/44 "), "\(out)")
        }

        @Test func layersAreSharedAndUnshifted() async throws {
            let engine = try Integration.engine
            for name in ["share-a", "share-b"] {
                try await engine.dockerOutputs(
                    ["run", "--name", name] + Self.own + ["busybox", "sh", "-c", "touch /mine; chown 12:34 /mine; rm /etc/passwd"])
            }
            let lower = "{{.GraphDriver.Data.LowerDir}}"
            #expect(try await inspect(lower, "share-a") == (try await inspect(lower, "share-b")))
            let upper = try await inspect("{{.GraphDriver.Data.UpperDir}}", "share-a")
            var status = stat()
            #expect(lstat("\(upper)/mine", &status) == 0 && status.st_uid == 12 && status.st_gid == 34)
            // Nothing of the image was copied.
            #expect(try await engine.dockerOutput("ps", "-a", "--size", "-f", "name=share-a", "--format", "{{.Size}}").hasPrefix("0B"))
            try await engine.dockerOutput("commit", "share-a", "committed")
            let seen = try await engine.dockerOutput("run", "--rm", "committed", "sh", "-c", "stat -c %u:%g /mine; ls /etc/passwd; true")
            #expect(seen == "12:34")
            let tar = try await Command(
                "/bin/sh", ["-c", "docker export share-b | tar -tv --numeric-owner mine"], environment: ["DOCKER_HOST": engine.dockerHost]
            ).run()
            #expect(tar.text.contains(" 12/34 "), "\(tar)")
            try await engine.dockerOutput("rm", "share-a", "share-b")
            try await engine.dockerOutput("rmi", "committed")
        }

        // MARK: What it shares

        @Test func namespacesAreSharedWithTheirIDs() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutputs(
                ["run", "-d", "--name", "lender", "--ipc", "shareable"] + Self.own + [
                    "busybox", "sh", "-c", "echo w > /dev/shm/word; exec sleep 1000",
                ])
            let first = try await Self.first("lender")
            let script = "cat /proc/self/uid_map | tr -s ' '; cat /dev/shm/word; kill -0 1 && echo may; ip -o addr | grep -c eth0"
            try await eventually("the word") {
                try await engine.docker(["exec", "lender", "test", "-s", "/dev/shm/word"]).code == 0 ? true : nil
            }
            let flags = ["--ipc", "container:lender", "--pid", "container:lender", "--network", "container:lender"]
            let all = try await engine.dockerOutputs(["run", "--rm"] + flags + ["busybox", "sh", "-c", script])
            #expect(all.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) } == ["0 \(first) 65536", "w", "may", "1"])
            for flag in ["--pid", "--ipc"] {
                let one = try await engine.dockerOutput(
                    "run", "--rm", flag, "container:lender", "busybox", "sh", "-c", "id -u; touch /x && echo made")
                #expect(one == "0\nmade", "\(flag)")
            }
            let refused = try await engine.docker(Self.shell(["--pid", "container:lender"], "true"))
            #expect(refused.code == 125 && refused.errorText.contains("conflicting options"), "\(refused)")
            for (flag, words) in [("--network", "host's network namespace"), ("--pid", "host PID namespace")] {
                let refused = try await engine.docker(Self.shell([flag, "host"], "true"))
                #expect(refused.code == 125 && refused.errorText.contains("cannot share the \(words)"), "\(refused)")
            }
            try await engine.dockerOutput("rm", "-f", "lender")
        }

        @Test func volumesBelongToEachContainersRoot() async throws {
            let engine = try Integration.engine
            let write = "touch /v/$0; chown 5:6 /v/$0; stat -c %u:%g /v /v/*"
            for (name, seen) in [("one", "0:0\n5:6"), ("two", "0:0\n5:6\n5:6")] {
                let result = try await engine.dockerOutputs(
                    ["run", "--rm"] + Self.own + ["-v", "owned:/v", "busybox", "sh", "-c", write, name])
                #expect(result == seen)
            }
            #expect(try await engine.dockerOutput("run", "--rm", "-v", "owned:/v", "busybox", "stat", "-c", "%u:%g", "/v/two") == "5:6")
            try await engine.dockerOutput("volume", "rm", "owned")
        }

        @Test func bindsKeepTheirOwnersUnlessMapped() async throws {
            let engine = try Integration.engine
            let directory = "/tmp/berth-owners-\(getpid())"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            chown(directory, 4321, 4321)
            let plain = try await engine.docker(Self.shell(["-v", "\(directory):/b"], "stat -c %u /b; touch /b/plain"))
            #expect(plain.code == 1 && plain.line.hasPrefix("65534") && plain.errorText.contains("Permission denied"), "\(plain)")
            let option = "idmap=uids=@4321-0-1;gids=@4321-0-1"
            for (name, flags) in [("own", Self.own), ("host", [])] {
                let arguments =
                    ["run", "--rm"] + flags + ["-v", "\(directory):/b:\(option)", "busybox", "sh", "-c", "stat -c %u /b; touch /b/\(name)"]
                #expect(try await engine.dockerOutputs(arguments) == "0")
                var status = stat()
                #expect(lstat("\(directory)/\(name)", &status) == 0 && status.st_uid == 4321 && status.st_gid == 4321)
            }
            let refused = try await engine.docker(["create", "-v", "\(directory):/b:idmap", "busybox", "true"])
            #expect(refused.code != 0 && refused.errorText.contains("idmap alone needs"), "\(refused)")
        }
    }
}
