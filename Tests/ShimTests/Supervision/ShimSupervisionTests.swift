// A real shim that restarts its container and checks its health, with nobody else there.
import Contracts
import Foundation
import RPC
import RPCNIO
import Testing

@testable import ShimServer

extension ShimIntegration {
    @Suite struct SupervisionTests {
        private static let always = SupervisionSpec(restart: RestartRule(.always), stop: StopRule(seconds: 1))

        private func isExit(_ event: ShimEvent) -> Bool { if case .exited = event { true } else { false } }

        @Test func `It is started again as often as the rule says, over the same files`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let rule = SupervisionSpec(restart: RestartRule(.onFailure, maximumRetries: 2))
                try await container.start(["sh", "-c", "echo x >> /count; wc -l < /count; exit 3"], supervision: rule)
                let events = try await container.notices(until: isExit)
                let counts = events.compactMap { if case .restarting(let notice) = $0 { notice.count } else { nil } }
                let starts = events.filter { if case .started = $0 { true } else { false } }
                #expect(counts == [1, 2] && starts.count == 3)
                let state = try await container.inspect()
                #expect(state.restartCount == 2)
                guard case .exited(let record) = state.phase else {
                    Issue.record("\(state.phase)")
                    return
                }
                #expect(record.exitCode == 3 && record.cause?.kind == .exited)
                let log = try String(contentsOfFile: host.layout.logFile(container.id), encoding: .utf8)
                #expect(["1", "2", "3"].allSatisfy { log.contains("\"log\":\"\($0)\\n\"") }, "\(log)")
                try await container.release()
                #expect(CgroupPaths.children(host.cgroupParent).isEmpty)
            }
        }

        @Test func `The end that is asked for ends a run, and a wait for the next`() async throws {
            try await withShimHost { host in
                let running = try await host.container()
                try await running.adopt()
                try await running.start(["sleep", "1000"], supervision: Self.always)
                try await running.signal(SIGKILL, end: EndRequest(.kill, caller: "a test"))
                let record = try await running.exit()
                #expect(record.signal == SIGKILL && record.cause?.kind == .requested && record.cause?.request == "kill by a test")
                try await running.release()

                let waiting = try await host.container()
                try await waiting.adopt()
                try await waiting.start(["true"], supervision: Self.always)
                #expect(try await Eventually.holds { try await waiting.inspect().restartCount ?? 0 >= 5 })
                try await waiting.signal(SIGTERM, end: EndRequest(.stop))
                #expect(try await waiting.exit().exitCode == 0)
                try await waiting.release()
            }
        }

        @Test func `A signal that isn't meant to end it is followed by a restart`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let first = try await container.start(["sleep", "1000"], supervision: Self.always)
                let before = try await container.inspect().shimPID
                let descriptors = ProcessTable.descriptors(of: before)
                try await container.signal(SIGKILL)
                #expect(
                    try await Eventually.holds {
                        if case .running(let now) = try await container.inspect().phase { now.pid != first.pid } else { false }
                    })
                #expect(try await Eventually.holds { ProcessTable.descriptors(of: before) == descriptors })
                let (client, _) = try await container.attach()
                try await container.signal(SIGKILL, end: EndRequest(.kill))
                #expect(await client.readToEnd() == [])
                _ = try await container.exit()
                try await container.release()
            }
        }

        @Test func `What a check leaves behind may write on, and the shim goes on`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let check = ProcessSpec(arguments: ["sh", "-c", "yes & true"], environment: ["PATH=/bin"])
                let health = HealthSpec(process: check, interval: 10_000_000, timeout: 20_000_000_000, retries: 3)
                try await container.start(["sleep", "1000"], supervision: SupervisionSpec(health: health))
                #expect(try await Eventually.holds { try await container.inspect().health?.results.count ?? 0 >= 3 })
                #expect(try await container.inspect().health?.results.allSatisfy { $0.exitCode == 0 } == true)
                try await container.signal(SIGKILL, end: EndRequest(.kill))
                _ = try await container.exit()
                try await container.release()
            }
        }

        @Test func `A restart that fails is the last`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["/bin/once"], supervision: Self.always) { spec in
                    try? FileManager.default.createDirectory(atPath: "\(spec.rootfs.upper)/bin", withIntermediateDirectories: true)
                    try? "#!/bin/sh\n: > /bin/once\nchmod 0 /bin/once\n/bin/busybox rm /bin/once\n".write(
                        toFile: "\(spec.rootfs.upper)/bin/once", atomically: false, encoding: .utf8)
                    try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(spec.rootfs.upper)/bin/once")
                }
                let record = try await container.exit()
                #expect(record.exitCode == 127 && record.cause?.kind == .startFailure && !record.message.isEmpty)
                #expect(try ExitRecordFile.read(host.layout.exitRecord(container.id)) == record)
                try await container.release()
            }
        }

        private func health(_ script: String, _ action: HealthSpec.Action = .none, timeout: Int64 = 10_000_000_000) -> SupervisionSpec {
            let process = ProcessSpec(arguments: ["sh", "-c", script], environment: ["PATH=/bin"])
            return SupervisionSpec(
                stop: StopRule(seconds: 1),
                health: HealthSpec(process: process, interval: 20_000_000, timeout: timeout, retries: 2, onUnhealthy: action))
        }

        @Test func `Checks are run in the container, and their results kept`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let script = "if [ -f /bad ]; then seq 3000; exit 1; fi; echo good >&2"
                try await container.start(["sleep", "1000"], supervision: health(script))
                _ = try await container.notices { $0 == .healthChanged(.healthy) }
                let good = try await container.inspect().health
                #expect(good?.status == .healthy && good?.results.last?.output == "good\n" && good?.results.last?.exitCode == 0)
                _ = await (try await container.exec("e", ["sh", "-c", "echo > /bad"])).readToEnd()
                _ = try await container.notices { $0 == .healthChanged(.unhealthy) }
                #expect(try await Eventually.holds { try await container.inspect().health?.results.count == HealthReport.length })
                let bad = try await container.inspect().health
                #expect((bad?.failingStreak ?? 0) >= 2)
                let output = bad?.results.last?.output ?? ""
                #expect(output.hasPrefix("1\n2\n") && output.hasSuffix("...") && output.utf8.count == HealthResult.outputLimit + 3)
                try await container.signal(SIGKILL, end: EndRequest(.kill))
                _ = try await container.exit()
                #expect(try await container.inspect().health?.status == .unhealthy)
                try await container.release()
            }
        }

        @Test func `A check that takes too long, or can't be started, has failed`() async throws {
            try await withShimHost { host in
                for (script, words) in [("echo slow; sleep 1000", "Health check exceeded timeout (50ms): slow\n")] {
                    let container = try await host.container()
                    try await container.adopt()
                    try await container.start(["sleep", "1000"], supervision: health(script, timeout: 50_000_000))
                    _ = try await container.notices { $0 == .healthChanged(.unhealthy) }
                    let result = try await container.inspect().health?.results.last
                    #expect(result?.exitCode == -1 && result?.output == words)
                    try await container.signal(SIGKILL, end: EndRequest(.kill))
                    _ = try await container.exit()
                    try await container.release()
                }
                var missing = health("")
                missing.health?.process?.arguments = ["/nosuch"]
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sleep", "1000"], supervision: missing)
                _ = try await container.notices { $0 == .healthChanged(.unhealthy) }
                #expect(try await container.inspect().health?.results.last?.exitCode == -1)
                try await container.signal(SIGKILL, end: EndRequest(.kill))
                _ = try await container.exit()
                try await container.release()
            }
        }

        @Test(arguments: [HealthSpec.Action.restart, .stop, .kill])
        func `What is unhealthy is restarted, stopped or killed`(action: HealthSpec.Action) async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                var rules = health("exit 1", action)
                // It doesn't hear its stop signal: nothing is gained by waiting.
                rules.stop.seconds = 1000
                try await container.start(["sleep", "1000"], supervision: rules)
                let record: ExitRecord
                if action == .restart {
                    let events = try await container.notices { if case .restarting = $0 { true } else { false } }
                    guard case .restarting(let notice)? = events.last else { return }
                    record = notice.exit
                    #expect(notice.count == 1)
                    try await container.signal(SIGKILL, end: EndRequest(.kill))
                    _ = try await container.exit()
                } else {
                    record = try await container.exit()
                }
                #expect(record.cause?.kind == .unhealthy && record.exitCode == 137)
                try await container.release()
            }
        }

        @Test func `A paused container isn't checked`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sleep", "1000"], supervision: health("echo x >> /checks"))
                _ = try await container.notices { $0 == .healthChanged(.healthy) }
                _ = try await container.connection.call(PauseContainer.self, RPCNothing())
                let path = "\(host.directory)/\(container.id)/upper/checks"
                let before = try Data(contentsOf: URL(filePath: path)).count
                #expect(try await container.inspect().health?.status == .healthy)
                #expect(try Data(contentsOf: URL(filePath: path)).count == before)
                _ = try await container.connection.call(ResumeContainer.self, RPCNothing())
                #expect(try await Eventually.holds { try Data(contentsOf: URL(filePath: path)).count > before })
                try await container.signal(SIGKILL, end: EndRequest(.kill))
                _ = try await container.exit()
                try await container.release()
            }
        }
    }
}
