// berthctl down with shims that don't answer: they are killed with their containers, all at once, with and without a gateway.
import Contracts
import Foundation
import Glibc
import Testing
import TestSupport

@Suite(.serialized)
struct FrozenShimRemovalTests {
    private static let count = 4

    /// Starts containers and stops their shims. Returns the pids of both.
    private func freeze(_ engine: EngineUnderTest) async throws -> [Int32] {
        var pids: [Int32] = []
        for number in 0..<Self.count {
            let id = try await engine.dockerOutput("run", "-d", "--name", "frozen\(number)", "busybox", "sleep", "1000")
            let pid = try #require(Int32(try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", id)))
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let parent = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last
            pids += [pid, try #require(parent.flatMap { Int32($0) })]
            try #require(kill(pids[pids.count - 1], SIGSTOP) == 0)
        }
        return pids
    }

    private func check(_ pids: [Int32], _ engine: EngineUnderTest) async throws {
        try await eventually("the end of shims and containers") { pids.contains(where: HostProcess.exists) ? nil : true }
        let left = (try? FileManager.default.contentsOfDirectory(atPath: engine.layout.shims)) ?? []
        #expect(left == [])
    }

    @Test(arguments: [false, true]) func frozenShimsDontKeepDown(_ hasGateway: Bool) async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            let pids = try await freeze(engine)
            if !hasGateway { try await engine.control(["down"]) }
            let start = ContinuousClock.now
            try await engine.control(["down", "--containers"])
            // One after the other they would take as many times as long as one may.
            #expect(start.duration(to: .now) < .seconds(30 * (Self.count - 1)))
            try await check(pids, engine)
            try await engine.start()
            if !hasGateway { _ = try await engine.docker(["rm", "-f"] + (0..<Self.count).map { "frozen\($0)" }) }
            #expect(try await engine.dockerOutput("ps", "-aq") == "")
        }
    }
}
