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
                    try await engine.dockerOutput("run", "-d", "--name", "c\(number)", "busybox", "sleep", "100000")
                }
                let frozen = Array(0..<max(2, Self.count / 10))
                let shims = try await shims(of: frozen, engine)
                for shim in shims { Glibc.kill(shim, SIGSTOP) }
                defer { for shim in shims { Glibc.kill(shim, SIGCONT) } }
                try await checkReads(engine, frozen)
                try await checkRemovals(engine, frozen)
            }
        }

        private func shims(of frozen: [Int], _ engine: EngineUnderTest) async throws -> [Int32] {
            var shims: [Int32] = []
            for number in frozen {
                let pid = try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "c\(number)")
                let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
                let parent = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last
                shims.append(try #require(parent.flatMap { Int32($0) }))
            }
            return shims
        }

        /// All answer while a shim's deadline would be far away. The times are printed, not judged: other tests may use the processors.
        private func checkReads(_ engine: EngineUnderTest, _ frozen: [Int]) async throws {
            let targets = ["/containers/json?all=1", "/containers/c0/json", "/info", "/events?since=0&until=1"]
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

        /// A stop, and a removal by force, of one that is stopped each end by their deadline.
        private func checkRemovals(_ engine: EngineUnderTest, _ frozen: [Int]) async throws {
            let start = ContinuousClock.now
            let stop = try await engine.docker(["stop", "-t", "1", "c\(frozen[0])"], timeout: .seconds(90))
            let stopped = start.duration(to: .now)
            let remove = try await engine.docker(["rm", "-f", "c\(frozen[1])"], timeout: .seconds(90))
            print("stop: \(stop.code) after \(stopped): \(stop.errorText)rm -f: \(remove.code): \(remove.errorText)")
            #expect(stop.code == 0 || !stop.errorText.isEmpty, "\(stop)")
            #expect(remove.code == 0 || !remove.errorText.isEmpty, "\(remove)")
            // Others are not concerned.
            #expect(try await engine.docker(["rm", "-f", "c\(Self.count - 1)"]).code == 0)
        }
    }
}
