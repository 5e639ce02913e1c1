// Networks past the host: macvlan and ipvlan on a link of the host's, and what a kernel without such links says.
import Contracts
import RPC
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct ParentNetworkTests {
    private func network(_ name: String, _ driver: String, parent: String, _ more: [String: String] = [:]) -> CreateNetwork.Request {
        var request = CreateNetwork.Request(name: name, driver: driver)
        request.options = more.merging(["parent": parent]) { $1 }
        request.pools = [NetworkRecord.Pool(subnet: "198.51.100.0/24", gateway: "198.51.100.2", ipRange: "198.51.100.128/25")]
        return request
    }

    private func container(_ id: String, on network: String) -> CreateSandbox.Request {
        var request = CreateSandbox.Request.bridged(id, ports: [PortBinding(containerPort: 80, transport: .tcp)])
        request.endpoints = [EndpointRequest(network: network)]
        return request
    }

    /// Whether this kernel has such links, found out beside the service.
    private func hasLinks(_ link: StackedLink, _ bed: Testbed) async throws -> Bool {
        let add = ["nsenter", "--net=\(bed.hostPath)", "ip", "link", "add", "link", "lan2", "name", "trial", "type", link.kind]
        let isThere = try await Command("/usr/bin/env", add + (link.kind == "vlan" ? ["id", "7"] : [])).run().code == 0
        _ = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "ip", "link", "delete", "trial"], mayFail: true)
        return isThere
    }

    /// A network past the host, and whether those on the parent's own wire see its containers.
    struct Past: Sendable, CustomTestStringConvertible {
        var driver: String
        var link: StackedLink
        var options: [String: String] = [:]
        var parent = "lan2"
        var isOnTheWire = true

        var testDescription: String { "\(driver) \(options.values.joined()) at \(parent)" }
    }

    private static let pasts = [
        Past(driver: "macvlan", link: .macvlan(.bridge)),
        Past(driver: "macvlan", link: .vlan(50), parent: "lan2.50", isOnTheWire: false),
        Past(driver: "ipvlan", link: .ipvlan(.l2, .bridge)),
        // By addresses alone, without ARP: its neighbours would need a route.
        Past(driver: "ipvlan", link: .ipvlan(.l3, .bridge), options: ["ipvlan_mode": "l3"], isOnTheWire: false),
    ]

    @Test(arguments: pasts)
    func containersAreNeighboursOfTheHosts(past: Past) async throws {
        try await Testbed.with { bed in
            let neighbour = try await bed.neighbour(2)
            guard try await hasLinks(past.link, bed) else { return }
            let before = try await bed.inventory()
            let service = try await bed.service(warmPool: 1)
            let made = try await service.createNetwork(network("lan", past.driver, parent: past.parent, past.options)).network
            let records = [
                try await service.createSandbox(container("a", on: "lan")), try await service.createSandbox(container("b", on: "lan")),
            ]
            let listener = try await Probe(path: records[0].namespacePath).serve(.tcp, port: 80)
            #expect(records.flatMap(\.endpoints).map(\.ipv4Address) == ["198.51.100.128", "198.51.100.129"])
            #expect(records[0].ports.isEmpty && records[0].endpoints.map(\.driver) == [past.driver])
            // Its own address is what others see, and all of its ports are there.
            if past.isOnTheWire { #expect(try await neighbour.ask("198.51.100.128", 80) == "198.51.100.2") }
            #expect(try await Probe(path: records[1].namespacePath).ask("198.51.100.128", 80) == "198.51.100.129")
            #expect(try await Probe(path: records[0].namespacePath).defaultGatewayWorks("eth0"))
            try await reconnects(bed, service, "a")
            for id in ["a", "b"] { try await service.removeSandbox(.init(containerID: id, keepsFiles: false)) }
            await service.settle()
            try await service.removeNetwork(.init(id: made.id))
            try await service.purge()
            #expect(try await bed.inventory() == before)
            withExtendedLifetime(listener) {}
        }
    }

    /// Off the network and on again, and over a restart of the service.
    private func reconnects(_ bed: Testbed, _ service: NetworkService, _ id: String) async throws {
        let without = try await service.disconnectEndpoint(.init(containerID: id, network: "lan"))
        #expect(without?.endpoints.isEmpty == true)
        let path = try #require(without?.namespacePath)
        #expect(try await Probe(path: path).links().map(\.name) == ["lo"])
        let again = try await service.connectEndpoint(
            .init(containerID: id, endpoint: EndpointRequest(network: "lan"), ports: []))
        #expect(again.endpoints.map(\.interface) == ["eth0"])
        #expect(try await bed.service(warmPool: 0).listSandboxes() == service.listSandboxes())
    }

    /// A VLAN of the parent is made with the network and goes with it; a kernel that can't says so, and nothing stays.
    @Test(arguments: [("macvlan", "lan2.50", StackedLink.vlan(50)), ("ipvlan", "lan2", .ipvlan(.l2, .bridge))])
    func whatTheKernelCannotIsRefused(driver: String, parent: String, link: StackedLink) async throws {
        try await Testbed.with { bed in
            _ = try await bed.neighbour(2)
            let service = try await bed.service(warmPool: 0)
            let before = try await bed.inventory()
            if try await hasLinks(link, bed) {
                let made = try await service.createNetwork(network("v", driver, parent: parent)).network
                try await service.removeNetwork(.init(id: made.id))
            } else {
                let error = await #expect(throws: RPCError.self) {
                    try await service.createNetwork(network("v", driver, parent: parent))
                }
                #expect(error?.code == .notImplemented && error?.message.contains("has no \(link.kind) links") == true)
                #expect(error?.message.contains("`modprobe \(link.kind == "vlan" ? "8021q" : link.kind)`") == true)
            }
            #expect(try await bed.inventory() == before)
            #expect(await service.listNetworks().count == 3)
        }
    }

    @Test(arguments: [("nowhere", "invalid subinterface vlan name nowhere"), ("nowhere.5", "failed to find master interface nowhere")])
    func parentsThatAreNotThere(parent: String, words: String) async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            let error = await #expect(throws: RPCError.self) {
                try await service.createNetwork(network("v", "macvlan", parent: parent))
            }
            #expect(error?.message.contains(words) == true)
        }
    }
}
