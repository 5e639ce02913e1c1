// Bridges that somebody deletes while containers are on them.
import Contracts
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct BridgeRestoreTests {
    private static let binding = PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 8080, hostPortLast: 8080)

    private func delete(_ bridge: String, _ bed: Testbed) async throws {
        _ = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "ip", "link", "delete", bridge])
    }

    private func link(_ name: String, _ bed: Testbed) async throws -> LinkInformation? {
        try await bed.host().links().first { $0.name == name }
    }

    /// With the addresses that containers know it by; who comes later is on it, too, from stock or not.
    @Test(arguments: [0, 2])
    func theDefaultBridgeComesBack(warmPool: Int) async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour()
            let service = try await bed.service(warmPool: warmPool)
            let record = try await service.createSandbox(.bridged("web", ports: [Self.binding]))
            let inside = try Probe(path: record.namespacePath)
            let listener = try await inside.serve(.tcp, port: 80)
            #expect(try await neighbour.ask(Testbed.hostLAN, 8080) == "198.51.100.2")
            let before = try #require(try await link("brtest0", bed))
            try await delete("brtest0", bed)
            let after = try await eventually("the bridge") { try await link("brtest0", bed) }
            #expect(after.index != before.index && after.mac == before.mac && after.isMarked)
            try await eventually("the port") { try await neighbour.ask(Testbed.hostLAN, 8080, milliseconds: 500) }
            #expect(try await inside.defaultGatewayWorks("eth0"))

            let later = try Probe(path: try await service.createSandbox(.bridged("later")).namespacePath)
            #expect(try await later.ask("10.213.0.2", 80) == "10.213.0.3")
            withExtendedLifetime((listener, service)) {}
        }
    }

    @Test func aUserDefinedBridgeComesBack() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let network = try await service.createNetwork(CreateNetwork.Request(name: "front")).network
            var records: [SandboxRecord] = []
            for id in ["a", "b"] {
                records.append(
                    try await service.createSandbox(
                        CreateSandbox.Request(
                            containerID: id, containerName: id, mode: .own, endpoints: [EndpointRequest(network: "front")], hostname: id)))
            }
            let listener = try await Probe(path: records[1].namespacePath).serve(.tcp, port: 80)
            let bridge = "br-\(network.id.prefix(12))"
            try await delete(bridge, bed)
            try await eventually("the bridge") { try await link(bridge, bed) }
            let first = try Probe(path: records[0].namespacePath)
            let answer = try await eventually("the neighbour") { try await first.ask("10.213.1.3", 80, milliseconds: 500) }
            #expect(answer == "10.213.1.2")
            try await service.removeSandbox(.init(containerID: "a", keepsFiles: false))
            try await service.removeSandbox(.init(containerID: "b", keepsFiles: false))
            try await service.removeNetwork(.init(id: network.id))
            #expect(try await link(bridge, bed) == nil)
            withExtendedLifetime((listener, service)) {}
        }
    }

    /// One container has no cable any more, and doesn't keep the others from getting theirs back.
    @Test func aContainerThatHasCutItselfOffIsNoHindrance() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            var insides: [Probe] = []
            for id in ["a", "b", "c"] { insides.append(try Probe(path: try await service.createSandbox(.bridged(id)).namespacePath)) }
            let cut = try #require(await service.sandboxes["b"]?.endpoints.first?.hostInterface)
            try await delete(cut, bed)
            try await delete("brtest0", bed)
            try await eventually("the bridge") { try await link("brtest0", bed) }
            let listener = try await insides[2].serve(.tcp, port: 80)
            let answer = try await eventually("the neighbour") { try await insides[0].ask("10.213.0.4", 80, milliseconds: 500) }
            #expect(answer == "10.213.0.2")
            withExtendedLifetime((listener, service)) {}
        }
    }

    @Test func whatIsDeletedWhileNoServiceIsThereComesBack() async throws {
        try await Testbed.with { bed in
            let record = try await makeContainer(bed)
            try await delete("brtest0", bed)
            let service = try await bed.service(warmPool: 0)
            #expect(await service.listSandboxes() == [record])
            let inside = try Probe(path: record.namespacePath)
            let listener = try await inside.serve(.tcp, port: 80)
            #expect(try await bed.host().ask("10.213.0.2", 80) == "10.213.0.1")
            withExtendedLifetime((listener, service)) {}
        }
    }

    /// By a service that has ended afterwards.
    private func makeContainer(_ bed: Testbed) async throws -> SandboxRecord {
        try await bed.service(warmPool: 0).createSandbox(.bridged("a"))
    }

    /// A bridge of the host's is the host's to make; its containers are on it again when it has.
    @Test func theHostsBridgeIsLeftToTheHost() async throws {
        try await Testbed.with({ $0.bip = "10.77.0.1/24" }) { bed in
            func ip(_ arguments: String) async throws {
                let words = arguments.split(separator: " ").map(String.init)
                _ = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "ip"] + words)
            }
            try await ip("link add brtest0 type bridge")
            try await ip("address add 10.77.0.1/24 dev brtest0")
            let service = try await bed.service(warmPool: 0)
            let inside = try Probe(path: try await service.createSandbox(.bridged("a")).namespacePath)
            try await delete("brtest0", bed)
            await service.restoreBridges()
            #expect(try await link("brtest0", bed) == nil)
            try await ip("link add brtest0 type bridge")
            try await ip("link set brtest0 up")
            let listener = try await inside.serve(.tcp, port: 80)
            let answer = try await eventually("the container") { try await bed.host().ask("10.77.0.2", 80, milliseconds: 500) }
            #expect(answer == "10.77.0.1")
            #expect(try await link("brtest0", bed)?.isMarked == false)
            withExtendedLifetime((listener, service)) {}
        }
    }

    /// A network that is removed stays removed.
    @Test func whatTheEngineRemovesStaysAway() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let network = try await service.createNetwork(CreateNetwork.Request(name: "front")).network
            try await service.removeNetwork(.init(id: network.id))
            await service.restoreBridges()
            #expect(try await link("br-\(network.id.prefix(12))", bed) == nil)
        }
    }
}
