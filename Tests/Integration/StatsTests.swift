// Statistics and changes of limits, as the Docker client sees them.
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct Stats {
        private func sample(_ name: String, _ query: String = "stream=false&one-shot=true") async throws -> [String: Any] {
            let reply = try await Integration.engine.http("GET", "/v1.41/containers/\(name)/stats?\(query)")
            #expect(reply.status == 200)
            return try #require(try JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any])
        }

        private func number(_ sample: [String: Any], _ path: String...) -> Int {
            var value: Any? = sample
            for key in path { value = (value as? [String: Any])?[key] }
            return (value as? NSNumber)?.intValue ?? 0
        }

        @Test func countersAreTheKernels() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "counted", "--memory", "64m", "--pids-limit", "50", "busybox", "sh", "-c",
                "dd if=/dev/zero of=/dev/shm/fill bs=1M count=8; for i in $(seq 20000); do :; done; touch /done; exec sleep 1000")
            try await eventually("the work") { try await engine.docker(["exec", "counted", "test", "-f", "/done"]).code == 0 ? true : nil }
            let seen = try await sample("counted")
            #expect(number(seen, "memory_stats", "limit") == 64 << 20)
            #expect(number(seen, "memory_stats", "usage") >= 8 << 20)
            #expect(number(seen, "pids_stats", "limit") == 50 && number(seen, "pids_stats", "current") >= 1)
            #expect(number(seen, "cpu_stats", "cpu_usage", "total_usage") > 0 && number(seen, "cpu_stats", "system_cpu_usage") > 0)
            #expect(number(seen, "cpu_stats", "online_cpus") > 0 && number(seen, "precpu_stats", "cpu_usage", "total_usage") == 0)
            let before = number(seen, "networks", "eth0", "rx_bytes")
            try await engine.dockerOutput("exec", "counted", "ping", "-c", "3", "-i", "0.2", "-s", "1000", engine.bridgeAddress)
            let after = try await sample("counted")
            #expect(number(after, "networks", "eth0", "rx_bytes") >= before + 3 * 1000)
            let rated = try await sample("counted", "stream=false")
            #expect(number(rated, "precpu_stats", "cpu_usage", "total_usage") > 0 && rated["preread"] as? String != "0001-01-01T00:00:00Z")

            let line = try await engine.dockerOutput(
                "stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.NetIO}} {{.PIDs}}", "counted")
            #expect(line.hasPrefix("counted ") && line.contains("/ 64MiB") && !line.contains("--"), "\(line)")
            try await engine.dockerOutput("stop", "-t", "0", "counted")
            let stopped = try await sample("counted")
            #expect(stopped["name"] as? String == "/counted" && stopped["read"] as? String == "0001-01-01T00:00:00Z")
            #expect(try await engine.docker(["stats", "--no-stream", "counted"]).code == 0)
            try await engine.dockerOutput("rm", "counted")
        }

        @Test func limitsChangeWhileItRuns() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", "changed", "--memory", "64m", "busybox", "sleep", "1000")
            try await engine.dockerOutput(
                "update", "--memory", "128m", "--memory-swap", "256m", "--cpus", "0.5", "--pids-limit", "20", "--restart", "on-failure:2",
                "changed")
            let seen = try await sample("changed")
            #expect(number(seen, "memory_stats", "limit") == 128 << 20 && number(seen, "pids_stats", "limit") == 20)
            let format = "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}}"
            #expect(try await engine.dockerOutput("inspect", "-f", format, "changed") == "\(128 << 20) 500000000 on-failure")
            let pid = try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "changed")
            _ = try await Command("/bin/kill", ["-9", pid]).run()
            try await eventually("the restart that the new policy asks for") {
                let state = try await engine.dockerOutput("inspect", "-f", "{{.RestartCount}} {{.State.Running}}", "changed")
                return state == "1 true" ? true : nil
            }
            try await eventually("the new limits in the new run") {
                number(try await sample("changed"), "memory_stats", "limit") == 128 << 20 ? true : nil
            }
            for (arguments, words) in [
                (["--memory", "1m"], "Minimum memory limit allowed is 6MB"), (["--cpu-period", "50000"], "Conflicting options"),
                (["--restart", "sometimes"], "invalid restart policy"),
            ] {
                let refused = try await engine.docker(["update"] + arguments + ["changed"])
                #expect(refused.code != 0 && refused.errorText.contains(words), "\(refused)")
            }
            try await engine.dockerOutput("rm", "-f", "changed")
        }

        @Test func aDeathHasACause() async throws {
            let engine = try Integration.engine
            let format = "{{.State.OOMKilled}} {{json .State}}"
            _ = try await engine.docker([
                "run", "--name", "greedy", "--memory", "8m", "--memory-swap", "8m", "busybox", "sh", "-c",
                "dd if=/dev/zero of=/dev/shm/fill bs=1M count=60; exit $?",
            ])
            #expect(try await engine.dockerOutput("inspect", "-f", format, "greedy").hasPrefix("true"))
            try await engine.dockerOutput("rm", "greedy")
            try await engine.dockerOutput("run", "-d", "--name", "stubborn-cause", "busybox", "sh", "-c", "trap '' TERM; sleep 1000")
            try await engine.dockerOutput("stop", "-t", "1", "stubborn-cause")
            let reply = try await engine.http("GET", "/v1.41/containers/stubborn-cause/json")
            #expect(reply.text.contains("\"BerthCause\":{") && reply.text.contains("\"Kind\":\"stopTimeout\""), "\(reply.text)")
            try await engine.dockerOutput("rm", "stubborn-cause")
        }
    }
}
