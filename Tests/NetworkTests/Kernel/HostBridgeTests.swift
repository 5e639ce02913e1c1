// The default bridge where others have a hand in it: addresses that the host gave it, bridges that the host made, another configuration.
import Contracts
import ServiceKit
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct HostBridgeTests {
    private func ip(_ bed: Testbed, _ arguments: String) async throws {
        _ = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "ip"] + arguments.split(separator: " ").map(String.init))
    }

    private func link(_ bed: Testbed, _ name: String = "brtest0") async throws -> LinkInformation? {
        try await bed.host().links().first { $0.name == name }
    }

    /// Whatever the host gives the bridge, it stays, and running containers stay on it.
    @Test func addressesOfOthersStay() async throws {
        try await Testbed.with { bed in
            let first = try await bed.service(warmPool: 0)
            let record = try await first.createSandbox(.bridged("a"))
            try await ip(bed, "address add 169.254.169.254/32 dev brtest0")
            try await ip(bed, "link add vethforeign type veth peer name foreign0")
            try await ip(bed, "link set vethforeign master brtest0")
            let bridge = try await link(bed)
            let again = try await bed.service(warmPool: 0)
            #expect(try await link(bed)?.index == bridge?.index)
            #expect(try await bed.host().addresses("brtest0") == ["10.213.0.1/24", "169.254.169.254/32"])
            #expect(await again.listSandboxes() == [record])
            let ports = try await bed.host().links().filter { $0.master == bridge?.index }.map(\.name)
            #expect(ports.contains("vethforeign") && ports.count == 2, "\(ports)")
        }
    }

    /// Another address takes the place of the engine's former one, and of no other.
    @Test func anotherConfigurationReplacesTheEnginesAddress() async throws {
        try await Testbed.with { bed in
            _ = try await bed.service(warmPool: 0)
            try await ip(bed, "address add 169.254.169.254/32 dev brtest0")
            for bip in ["10.213.0.9/24", "10.220.0.1/16"] {
                _ = try await bed.service(warmPool: 0) { $0.bip = bip }
                #expect(try await bed.host().addresses("brtest0").sorted() == [bip, "169.254.169.254/32"].sorted())
            }
        }
    }

    /// As dockerd: its address is the gateway. A purge leaves what the engine didn't make.
    @Test(arguments: [nil, "10.78.0.1/24"])
    func theHostsBridgeStaysTheHosts(bip: String?) async throws {
        try await Testbed.with({
            $0.bip = bip
            if bip == nil { $0.defaultNetwork.fixedCIDR = "10.77.0.64/26" }
        }) { bed in
            try await ip(bed, "link add brtest0 type bridge")
            try await ip(bed, "link set brtest0 mtu 1400")
            try await ip(bed, "address add 192.0.2.1/24 dev brtest0")
            try await ip(bed, "address add 10.77.0.1/24 dev brtest0")
            try await ip(bed, "link set brtest0 up")
            try await ip(bed, "link add vethforeign type veth peer name foreign0")
            try await ip(bed, "link set vethforeign master brtest0")
            let (bridge, hasIPv6) = (try await link(bed), try await bed.host().sysctl("net/ipv6/conf/brtest0/disable_ipv6"))
            let addresses = try await bed.host().addresses("brtest0")
            let service = try await bed.service(warmPool: 0)
            let endpoint = try #require(try await service.createSandbox(.bridged("a")).endpoints.first)
            #expect(endpoint.ipv4Gateway == (bip == nil ? "10.77.0.1" : "10.78.0.1"))
            #expect(endpoint.ipv4Address.hasPrefix(bip == nil ? "10.77.0." : "10.78.0."), "\(endpoint)")
            #expect(try await bed.host().addresses("brtest0").contains(bip ?? "10.77.0.1/24"))
            #expect(try await bed.host().sysctl("net/ipv6/conf/brtest0/disable_ipv6") == hasIPv6)
            let again = try await bed.service(warmPool: 0)
            #expect(await again.listSandboxes().first?.endpoints == [endpoint])
            try await again.purge()
            let left = try await link(bed)
            #expect(left?.index == bridge?.index && left?.mtu == 1400)
            #expect(try await bed.host().addresses("brtest0") == addresses)
            #expect(try await link(bed, "vethforeign")?.master == bridge?.index)
        }
    }

    /// By a service that has ended afterwards: it would make a bridge again that another one removes.
    private func takeMark(_ bed: Testbed) async throws {
        let service = try await bed.service(warmPool: 0)
        try await service.store.set(.marksLinks, nil)
        try await ip(bed, "link set brtest0 group 0")
    }

    /// Made by a version that gave no marks.
    @Test func anEarlierVersionsBridgeIsTheEngines() async throws {
        try await Testbed.with { bed in
            let before = try await bed.inventory()
            try await takeMark(bed)
            let second = try await bed.service(warmPool: 0)
            #expect(try await link(bed)?.isMarked == true)
            try await second.purge()
            #expect(try await bed.inventory() == before)
        }
    }

    /// Keys that go with another subnet aren't heeded while containers keep the bridge's.
    @Test func anotherConfigurationWhileContainersRun() async throws {
        try await Testbed.with { bed in
            let first = try await bed.service(warmPool: 0)
            let record = try await first.createSandbox(.bridged("a"))
            let next = try await bed.service(warmPool: 0) {
                $0.defaultNetwork.fixedCIDR = "10.220.7.0/24"
                $0.defaultNetwork.gateway = "10.220.7.9"
            }
            #expect(await next.listSandboxes() == [record])
            #expect(try await next.createSandbox(.bridged("b")).endpoints[0].ipv4Gateway == "10.213.0.1")
            let last = try await bed.service(warmPool: 0) { $0.defaultNetwork.gateway = record.endpoints[0].ipv4Address }
            #expect(await last.listSandboxes().first { $0.containerID == "a" }?.endpoints.map(\.ipv4Address) == ["10.213.0.2"])
        }
    }

    @Test(arguments: [
        ("10.9.0.0/16", []), ("10.9.1.0/24", ["default-gateway"]), ("10.8.0.0/16", ["fixed-cidr", "default-gateway"]),
    ])
    func keysOfAnotherSubnet(subnet: String, ignored: [String]) throws {
        var configuration = EngineConfiguration.DefaultNetwork()
        (configuration.fixedCIDR, configuration.gateway) = ("10.9.1.0/25", "10.9.2.1")
        let settings = try DefaultNetworkSettings(configuration, bip: InterfaceAddress("10.9.0.1/16"))
        let limited = settings.limited(to: try #require(IPPrefix(subnet)))
        #expect(limited.ignored == ignored)
        #expect((limited.settings.range == nil) == ignored.contains("fixed-cidr"))
        #expect((limited.settings.gateway == nil) == ignored.contains("default-gateway"))
    }

    /// The unit's capabilities are enough for everything that a container can ask for.
    @Test func theUnitsCapabilitiesSuffice() async throws {
        try await Testbed.with { bed in
            let service = try ServiceProcess(bed, capabilities: Unit.capabilities("berth-network.service"))
            var request = CreateSandbox.Request.bridged(
                "mapped", ports: [PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 80, hostPortLast: 80)])
            request.idMap = IDMap(first: 0, count: 1000)
            #expect(try await service.create(request).endpoints.count == 1)
            request = .bridged("remapped")
            request.idMap = IDMap(first: 3_000_000, count: 1000)
            #expect(try await service.create(request).endpoints.count == 1)
            #expect(try await service.stop() == 0)
        }
    }
}

/// What the systemd units say.
private enum Unit {
    /// As `setpriv` takes them.
    static func capabilities(_ unit: String) throws -> String {
        let root = #filePath.split(separator: "/").prefix { $0 != "Tests" }.joined(separator: "/")
        let text = try #require(try TextFile.read("/\(root)/deploy/systemd/\(unit)", limit: 1 << 16))
        let key = "CapabilityBoundingSet="
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(key) })
        let names = line.dropFirst(key.count).lowercased().split(separator: " ").map { "+\($0.dropFirst(4))" }
        return (["-all"] + names).joined(separator: ",")
    }
}
