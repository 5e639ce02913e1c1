// Shims that are stopped in their tracks: reads are as quick as ever, and what needs such a shim ends with a clear word.
// BERTH_TEST_SHIMS sets how many containers there are; a tenth of their shims are stopped.
import Foundation
import Glibc
import ServiceKit
import Testing
import TestSupport

extension Faults {
    @Suite struct FrozenShims {
        private static let count = ProcessInfo.processInfo.environment["BERTH_TEST_SHIMS"].flatMap(Int.init) ?? 20

        @Test func readsDoNotWaitForStoppedShims() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                for number in 0..<Self.count {
                    try await engine.dockerOutput("run", "-d", "--name", "w\(number)", "busybox", "sleep", "100000")
                }
                let frozen = Array(0..<max(4, Self.count / 10))
                let shims = try await shims(of: frozen, engine)
                for shim in shims { Glibc.kill(shim, SIGSTOP) }
                defer { for shim in shims { Glibc.kill(shim, SIGCONT) } }
                try await checkReads(engine, frozen)
                try await checkNewGateway(engine, frozen)
                try await checkRemovals(engine, frozen)
            }
        }

        /// One that has ended and is still to be reaped doesn't count.
        private func isRunning(_ pid: Int32) -> Bool {
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            return status.map { !$0.contains("State:\tZ") } ?? false
        }

        private func shims(of frozen: [Int], _ engine: EngineUnderTest) async throws -> [Int32] {
            var shims: [Int32] = []
            for number in frozen {
                let pid = try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "w\(number)")
                let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
                let parent = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last
                shims.append(try #require(parent.flatMap { Int32($0) }))
            }
            return shims
        }

        /// All answer while a shim's deadline would be far away. The times are printed, not judged: other tests may use the processors.
        private func checkReads(_ engine: EngineUnderTest, _ frozen: [Int]) async throws {
            let targets = ["/containers/json?all=1", "/containers/w0/json", "/info", "/events?since=0&until=1"]
            for target in targets {
                var times: [Double] = []
                for _ in 0..<100 {
                    let start = ContinuousClock.now
                    #expect(try await engine.http("GET", target, timeout: .seconds(5)).status == 200, "\(target)")
                    times.append(Double(start.duration(to: .now).components.attoseconds) / 1e15)
                }
                times.sort()
                print("\(frozen.count) of \(Self.count) shims stopped: GET \(target) median \(times[50]) ms, p99 \(times[98]) ms")
            }
        }

        /// One that comes when they are stopped already takes them for what they are, and looks after the others.
        private func checkNewGateway(_ engine: EngineUnderTest, _ frozen: [Int]) async throws {
            try await engine.kill([.gateway])
            try await engine.waitUntilHealthy()
            let last = "w\(Self.count - 1)"
            try await eventually("an exec in another") { try await engine.docker(["exec", last, "true"]).code == 0 ? true : nil }
            try await eventually("word of those that don't answer") {
                let log = try String(contentsOfFile: "\(engine.logs)/gateway.log", encoding: .utf8)
                return log.components(separatedBy: "A shim doesn't answer").count > frozen.count ? true : nil
            }
            let list = try await engine.dockerOutput("ps", "-q").split(separator: "\n")
            #expect(list.count == Self.count, "\(frozen)")
        }

        /// Whatever ends a container also ends one whose shim is stopped, in time, and it is said why.
        private func checkRemovals(_ engine: EngineUnderTest, _ frozen: [Int]) async throws {
            let commands = [["stop", "-t", "1"], ["kill"], ["restart", "-t", "0"], ["rm", "-f"]]
            for (command, number) in zip(commands, frozen) {
                let name = "w\(number)"
                let pid = try #require(Int32(try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", name)))
                let start = ContinuousClock.now
                let result = try await engine.docker(command + [name], timeout: .seconds(90))
                print("\(command.joined(separator: " ")) of one whose shim is stopped: \(start.duration(to: .now))")
                #expect(result.code == 0, "\(command): \(result)")
                #expect(!isRunning(pid), "\(command)")
                if command[0] == "restart" || command[0] == "rm" { continue }
                let state = try await engine.dockerOutput("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}", name)
                #expect(state == "exited 137 the container's shim did not answer, and was killed with the container")
                try await engine.dockerOutput("start", name)
            }
            #expect(try await engine.docker(["inspect", "w\(frozen[3])"]).code == 1)
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.State.Status}}", "w\(frozen[2])") == "running")
            // Others are not concerned.
            #expect(try await engine.docker(["rm", "-f", "w\(Self.count - 1)"]).code == 0)
        }
    }
}
