// Limits that really limit.
import Foundation
import Testing
import TestSupport

extension Integration {
    @Suite struct Limits {
        @Test func memoryLimitKills() async throws {
            let engine = try Integration.engine
            let result = try await engine.docker(
                [
                    "run", "--name", "hungry", "-m", "64m", "--memory-swap", "64m", "busybox", "sh", "-c",
                    "x=a; while true; do x=$x$x; done",
                ],
                timeout: .seconds(240))
            #expect(result.code == 137, "\(result)")
            let state = try await engine.dockerOutput(
                "inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}} {{.HostConfig.Memory}}", "hungry")
            #expect(state == "true 137 67108864")
            try await engine.dockerOutput("rm", "hungry")
        }

        @Test func processLimitHolds() async throws {
            let script = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 20 & done"
            let result = try await Integration.engine.docker(["run", "--rm", "--pids-limit", "6", "busybox", "sh", "-c", script])
            #expect(result.code == 2, "\(result)")
            #expect(result.errorText.contains("can't fork"), "\(result)")
        }

        @Test func cpuLimitIsSet() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", "slow", "--cpus", "0.5", "busybox", "sleep", "1000")
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.NanoCpus}}", "slow") == "500000000")
            let id = try await engine.dockerOutput("inspect", "-f", "{{.Id}}", "slow")
            let (quota, period) = try CgroupFiles.cpuLimit(parent: engine.cgroupParent, id: id)
            #expect(quota * 2 == period)
            try await engine.dockerOutput("rm", "-f", "slow")
        }

        /// As with dockerd, together with one of swap.
        @Test func aLimitMayComeLater() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", "later", "busybox", "sleep", "1000")
            let limit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"
            let before = try await engine.dockerOutput("exec", "later", "sh", "-c", limit)
            let alone = try await engine.docker(["update", "-m", "64m", "later"])
            #expect(alone.code == 1 && alone.errorText.contains("update the memoryswap at the same time"), "\(alone)")
            #expect(try await engine.dockerOutput("exec", "later", "sh", "-c", limit) == before)
            try await engine.dockerOutput("update", "-m", "64m", "--memory-swap", "-1", "later")
            #expect(try await engine.dockerOutput("exec", "later", "sh", "-c", limit) == "67108864")
            try await engine.dockerOutput("restart", "-t", "0", "later")
            #expect(try await engine.dockerOutput("exec", "later", "sh", "-c", limit) == "67108864")
            try await engine.dockerOutput("rm", "-f", "later")
        }

        /// Where systemd has a slice too, it takes from what it doesn't know in there whatever its units don't need.
        @Test(.enabled(if: isSystemds, "the host has no systemd with control groups of version 2 and their controllers"))
        func limitsInASliceOutliveItsUnits() async throws {
            let engine = try Integration.engine
            let name = "btlimits\(UInt16.random(in: 0 ... .max))"
            let limits = ["-m", "64m", "--pids-limit", "20", "--cpus", "0.5", "--cgroup-parent", "\(name).slice"]
            let made = try await engine.docker(["run", "-d", "--name", name] + limits + ["busybox", "sleep", "1000"])
            try #require(made.code == 0, "\(made)")
            for command in [
                ["systemd-run", "--quiet", "--slice=\(name).slice", "--unit=\(name)", "sleep", "1000"], ["systemctl", "stop", name],
                ["systemctl", "set-property", "--runtime", "\(name).slice", "MemoryMax=200M"],
            ] {
                let result = try await Command("/usr/bin/env", command).run()
                #expect(result.code == 0, "\(command) \(result)")
                let files = "cd /sys/fs/cgroup && cat memory.max pids.max cpu.max"
                let seen = try await engine.dockerOutput("exec", name, "sh", "-c", files)
                #expect(seen == "67108864\n20\n50000 100000", "\(command)")
            }
            try await engine.dockerOutput("rm", "-f", name)
            _ = try await Command("/usr/bin/env", ["systemctl", "stop", "\(name).slice"]).run()
            #expect(!FileManager.default.fileExists(atPath: "/sys/fs/cgroup/\(name).slice"))
        }

        private static var isSystemds: Bool {
            let controllers = try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.controllers", encoding: .utf8)
            return controllers?.contains("memory") == true && FileManager.default.fileExists(atPath: "/run/systemd/system")
        }
    }
}
