// Limits that really limit.
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
    }
}
