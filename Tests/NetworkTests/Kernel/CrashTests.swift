// The real service, killed at every named step of its work, and started again.
import Contracts
import Glibc
import RPC
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct CrashTests {
    private static func binding(_ port: UInt16) -> PortBinding {
        PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: port, hostPortLast: port)
    }

    static let stepsOfCalls = [
        "network.namespace.pinned", "network.namespace.attached", "network.sandbox.namespace", "network.sandbox.attached",
        "network.sandbox.files", "network.sandbox.published", "network.sandbox.committed", "network.sandbox.unpublished",
        "network.sandbox.disconnected", "network.sandbox.forgotten",
    ]

    /// One container stays; the service dies while it makes or removes another.
    @Test(arguments: stepsOfCalls)
    func diesInACall(fault: String) async throws {
        try await Testbed.with { bed in
            let before = try await bed.inventory()
            let first = try ServiceProcess(bed)
            let kept = try await first.create(.bridged("kept", ports: [Self.binding(8080)]))
            let listener = try await Probe(path: kept.namespacePath).serve(.tcp, port: 80)
            #expect(try await first.stop() == 0)
            let settled = try await bed.inventory()

            let dying = try ServiceProcess(bed, fault: fault)
            await #expect(throws: RPCError.self) {
                _ = try await dying.create(.bridged("victim", ports: [Self.binding(8081)]))
                try await dying.remove("victim")
            }
            #expect(try await dying.waitForEnd() == SIGKILL)
            #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.0.1")

            try await goesOn(bed, kept: kept, settled: settled, before: before)
            withExtendedLifetime(listener) {}
        }
    }

    /// The service dies after the call, while it takes apart what the removed container had.
    @Test(arguments: ["network.namespace.detached", "network.namespace.dismantled"])
    func diesAfterACall(fault: String) async throws {
        try await Testbed.with { bed in
            let before = try await bed.inventory()
            let first = try ServiceProcess(bed)
            let kept = try await first.create(.bridged("kept", ports: [Self.binding(8080)]))
            let listener = try await Probe(path: kept.namespacePath).serve(.tcp, port: 80)
            #expect(try await first.stop() == 0)
            let settled = try await bed.inventory()

            let dying = try ServiceProcess(bed, fault: fault)
            _ = try await dying.create(.bridged("victim", ports: [Self.binding(8081)]))
            try await dying.remove("victim")
            #expect(try await dying.waitForEnd() == SIGKILL)
            try await goesOn(bed, kept: kept, settled: settled, before: before)
            withExtendedLifetime(listener) {}
        }
    }

    /// The next start puts everything right.
    private func goesOn(
        _ bed: Testbed, kept: SandboxRecord, settled: [String], before: [String]
    ) async throws {
        let next = try ServiceProcess(bed)
        #expect(try await next.list().filter { $0.containerID == "kept" } == [kept])
        let again = try await next.create(.bridged("victim", ports: [Self.binding(8081)]))
        #expect(again.ports.map { "\($0.hostAddress) \($0.hostPort)" } == ["0.0.0.0 8081", ":: 8081"])
        try await next.remove("victim")
        #expect(try await next.list() == [kept])
        #expect(try await bed.host().ask("127.0.0.1", 8080) == "10.213.0.1")
        #expect(try await next.stop() == 0)
        #expect(try await bed.inventory() == settled)

        try await ServiceProcess.purge(bed)
        #expect(try await bed.inventory() == before)
    }

    @Test(arguments: ["network.start.cleared", "network.bridge.remembered", "network.bridge.made", "network.start.rules"])
    func diesWhileItStarts(fault: String) async throws {
        try await Testbed.with { bed in
            let before = try await bed.inventory()
            #expect(try await ServiceProcess(bed, fault: fault).waitForEnd() == SIGKILL)
            let next = try ServiceProcess(bed, warmPool: 2)
            #expect(try await next.create(.bridged("c1")).endpoints.first?.ipv4Address == "10.213.0.2")
            #expect(try await next.stop(SIGKILL) == SIGKILL)
            try await ServiceProcess.purge(bed)
            #expect(try await bed.inventory() == before)
        }
    }

    @Test func aSecondServiceOfTheSameEngineIsRefused() async throws {
        try await Testbed.with { bed in
            let first = try ServiceProcess(bed)
            #expect(try await first.list().isEmpty)
            let second = try ServiceProcess(bed)
            #expect(try await second.waitForEnd() == 0)
            #expect(second.words.contains("another berth-network runs on"))
            #expect(try await first.stop() == 0)
        }
    }
}
