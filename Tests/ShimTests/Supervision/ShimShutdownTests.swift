// The signal that says that the host goes down, to a real shim.
import Contracts
import Foundation
import Glibc
import RPC
import RPCNIO
import Testing

@testable import ShimServer

extension ShimIntegration {
    @Suite struct ShutdownTests {
        private static let always = SupervisionSpec(restart: RestartRule(.always), stop: StopRule(seconds: 1))

        private func waitUntilReady(_ container: TestContainer) async throws {
            let log = container.host.layout.logFile(container.id)
            #expect(try await Eventually.holds { try String(contentsOfFile: log, encoding: .utf8).contains("ready") })
        }

        @Test func `The container is stopped in order, and not started again`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let script = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"
                try await container.start(["sh", "-c", script], supervision: SupervisionSpec(restart: RestartRule(.always)))
                try await waitUntilReady(container)
                kill(try await container.inspect().shimPID, SIGPWR)
                let exit = try await container.exit()
                #expect(exit.exitCode == 7 && exit.cause?.kind == .requested && exit.cause?.request == "shutdown")
                try await container.release(removesContainerDirectory: false)
                #expect(try String(contentsOfFile: host.layout.logFile(container.id), encoding: .utf8).contains("bye"))
                #expect(CgroupPaths.children(host.cgroupParent) == [])
            }
        }

        /// Nobody acknowledges the end, as when the other services went first.
        @Test(arguments: [true, false]) func `The shim leaves by itself, and its record is found`(isConnected: Bool) async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], supervision: Self.always)
                try await waitUntilReady(container)
                let shim = try await container.inspect().shimPID
                if !isConnected { await container.connection.close() }
                kill(shim, SIGPWR)
                #expect(try await Eventually.holds { !ProcessTable.isAlive(shim) })
                let record = try #require(try ExitRecordFile.read(host.layout.exitRecord(container.id)))
                #expect(record.exitCode == 137 && record.cause?.kind == .stopTimeout)
                #expect(CgroupPaths.children(host.cgroupParent) == [])
                let successor = TestContainer(host: host, connection: try await host.connect(), id: container.id)
                #expect(try await successor.recover(removesContainerDirectory: true) == record)
            }
        }

        @Test func `A paused one is thawed for its end, and a wait for a restart is over`() async throws {
            try await withShimHost { host in
                let paused = try await host.container()
                try await paused.adopt()
                try await paused.start(["sleep", "1000"], supervision: Self.always)
                _ = try await paused.connection.call(PauseContainer.self, RPCNothing())
                kill(try await paused.inspect().shimPID, SIGPWR)
                #expect(try await paused.exit().cause?.request == "shutdown")
                try await paused.release()

                let waiting = try await host.container()
                try await waiting.adopt()
                try await waiting.start(["sh", "-c", "exit 1"], supervision: Self.always)
                #expect(try await Eventually.holds { try await waiting.inspect().restartCount ?? 0 >= 4 })
                kill(try await waiting.inspect().shimPID, SIGPWR)
                #expect(try await waiting.exit().exitCode != 0)
                try await waiting.release()
            }
        }
    }
}
