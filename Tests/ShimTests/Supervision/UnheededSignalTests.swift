// Stop signals that a container's first process doesn't hear.
import Contracts
import Foundation
import RPC
import RPCNIO
import ShimProbeProtocol
import Testing

@testable import ShimServer

extension ShimIntegration {
    @Suite(.timeLimit(.minutes(2))) struct UnheededSignalTests {
        /// Runs a script, and hands over its container once the script has made a file.
        private func withContainer(
            _ script: String, _ stop: StopRule = StopRule(), _ body: (TestContainer) async throws -> Void
        ) async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let command = ["sh", "-c", "\(script); : > /ready; while :; do sleep 0.01; done"]
                try await container.start(command, supervision: SupervisionSpec(stop: stop))
                let file = "\(host.directory)/\(container.id)/upper/ready"
                #expect(try await Eventually.holds { FileManager.default.fileExists(atPath: file) })
                try await body(container)
                try await container.signal(SIGKILL, end: EndRequest(.kill))
                _ = try await container.exit()
                try await container.release()
            }
        }

        @Test func `It is told of one without a handler, and of one that ignores it`() async throws {
            for script in [":", "trap '' TERM"] {
                try await withContainer(script) { container async throws in
                    #expect(try await container.signal(SIGTERM, end: EndRequest(.stop)).isUnheeded == true)
                    // Nobody waits for an end after such a signal.
                    #expect(try await container.signal(SIGWINCH).isUnheeded == nil)
                }
            }
        }

        @Test func `One with a handler hears it`() async throws {
            try await withContainer("trap ': > /heard' TERM") { container async throws in
                #expect(try await container.signal(SIGTERM, end: EndRequest(.stop)).isUnheeded == nil)
                let file = "\(container.host.directory)/\(container.id)/upper/heard"
                #expect(try await Eventually.holds { FileManager.default.fileExists(atPath: file) })
            }
        }

        @Test(arguments: [ProbeRole.sigwait, .signalfd])
        func `One that takes signals without a handler hears it`(role: ProbeRole) async throws {
            try await withShimHost { host in
                try FileManager.default.copyItem(atPath: ContainerFixture.probe, toPath: "\(host.rootfs)/bin/probe")
                let container = try await host.container()
                try await container.adopt()
                let rule = StopRule(killsUnheeding: true)
                try await container.start(["/bin/probe", role.rawValue], supervision: SupervisionSpec(stop: rule))
                let file = "\(host.directory)/\(container.id)/upper/ready"
                #expect(try await Eventually.holds { FileManager.default.fileExists(atPath: file) })
                #expect(try await container.signal(SIGTERM, end: EndRequest(.stop)).isUnheeded == nil)
                #expect(try await container.exit().exitCode == 7)
                try await container.release()
            }
        }

        @Test func `Berth's init hears everything`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let rule = StopRule(killsUnheeding: true)
                try await container.start(["sleep", "1000"], supervision: SupervisionSpec(stop: rule)) { $0.usesInit = true }
                #expect(try await container.signal(SIGTERM, end: EndRequest(.stop)).isUnheeded == nil)
                #expect(try await container.exit().exitCode == 128 + SIGTERM)
                try await container.release()
            }
        }

        @Test func `It is killed at once where that is the rule, by a stop alone`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sleep", "1000"], supervision: SupervisionSpec(stop: StopRule(killsUnheeding: true)))
                #expect(try await container.signal(SIGTERM, end: EndRequest(.kill)).isUnheeded == true)
                guard case .running = try await container.inspect().phase else { throw RPCError(.conflict, "it was killed") }
                #expect(try await container.signal(SIGTERM, end: EndRequest(.stop)).isUnheeded == true)
                let record = try await container.exit()
                #expect(record.signal == SIGKILL && record.cause?.kind == .requested)
                try await container.release()
            }
        }
    }
}
