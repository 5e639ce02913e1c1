// The default network as the configuration has it, and links between its containers.
import Contracts
import ServiceKit
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct DefaultNetworkTests {
    @Test func rangeGatewayAndIsolation() async throws {
        try await Testbed.with({
            $0.bip = "10.220.0.1/16"
            $0.defaultNetwork.fixedCIDR = "10.220.7.0/24"
            $0.defaultNetwork.gateway = "10.220.0.9"
            $0.defaultNetwork.connectsContainers = false
            $0.defaultNetwork.publishAddress = "127.0.0.1"
            $0.lookups.servers = ["192.0.2.53"]
            $0.lookups.hostGateways = ["2001:db8::1", "192.0.2.1"]
        }) { bed in
            let service = try await bed.service(warmPool: 1)
            var request = CreateSandbox.Request.bridged("a", ports: [PortBinding(containerPort: 80, transport: .tcp)])
            request.extraHosts = ["host:host-gateway"]
            let records = [try await service.createSandbox(request), try await service.createSandbox(.bridged("b"))]
            let endpoints = records.flatMap(\.endpoints)
            #expect(endpoints.allSatisfy { $0.ipv4Address.hasPrefix("10.220.7.") && $0.ipv4PrefixLength == 16 })
            #expect(endpoints.allSatisfy { $0.ipv4Gateway == "10.220.0.9" })
            #expect(records[0].ports.map(\.hostAddress) == ["127.0.0.1"])
            let hosts = try TextFile.read(records[0].hostsPath, limit: 4096)
            #expect(hosts?.contains("192.0.2.1\thost\n2001:db8::1\thost\n") == true, "\(hosts ?? "")")
            #expect(try TextFile.read(records[0].resolvConfPath, limit: 4096)?.contains("nameserver 192.0.2.53") == true)
            let listener = try await Probe(path: records[0].namespacePath).serve(.tcp, port: 80)
            #expect(try await bed.host().ask(endpoints[0].ipv4Address, 80) != nil)
            #expect(try await Probe(path: records[1].namespacePath).ask(endpoints[0].ipv4Address, 80, milliseconds: 300) == nil)
            let record = await service.listNetworks().first { $0.name == "bridge" }
            #expect(record?.pools == [.init(subnet: "10.220.0.0/16", gateway: "10.220.0.9", ipRange: "10.220.7.0/24")])
            #expect(record?.options["com.docker.network.bridge.enable_icc"] == "false")
            withExtendedLifetime(listener) {}
        }
    }

    @Test(arguments: [nil, "fd00:77::/64"])
    func withIPv6(subnet: String?) async throws {
        try await Testbed.with({
            $0.defaultNetwork.enablesIPv6 = true
            $0.defaultNetwork.fixedCIDRv6 = subnet
        }) { bed in
            let service = try await bed.service(warmPool: 1)
            let records = [try await service.createSandbox(.bridged("a")), try await service.createSandbox(.bridged("b"))]
            let addresses = records.flatMap(\.endpoints).map(\.ipv6Address)
            #expect(addresses.allSatisfy { $0.hasPrefix(subnet == nil ? "fd" : "fd00:77::") })
            let listener = try await Probe(path: records[0].namespacePath).serve(.tcp, port: 80, family: .v6)
            #expect(try await Probe(path: records[1].namespacePath).ask(addresses[0], 80) == addresses[1])
            let again = try await bed.service(warmPool: 0)
            #expect(await again.listSandboxes() == records)
            withExtendedLifetime(listener) {}
        }
    }

    @Test func addressesOfIPv6AsTheConfigurationHasThem() async throws {
        try await Testbed.with({
            $0.defaultNetwork.enablesIPv6 = true
            $0.defaultNetwork.bridgeAddressV6 = "fd00:88::53/64"
            $0.defaultNetwork.fixedCIDRv6 = "fd00:88::7:0/112"
            $0.defaultNetwork.gatewayV6 = "fd00:88::9"
        }) { bed in
            let service = try await bed.service(warmPool: 0)
            var request = CreateSandbox.Request.bridged("a")
            request.extraHosts = ["host:host-gateway"]
            let record = try await service.createSandbox(request)
            let endpoint = try #require(record.endpoints.first)
            #expect(endpoint.ipv6Address.hasPrefix("fd00:88::7:") && endpoint.ipv6PrefixLength == 64, "\(endpoint)")
            #expect(endpoint.ipv6Gateway == "fd00:88::9", "\(endpoint)")
            let addresses = try await Tool.run(["nsenter", "--net=\(bed.hostPath)", "ip", "-6", "addr", "show", "brtest0"])
            #expect(addresses.contains("fd00:88::53/64"), "\(addresses)")
            // By default the host has the bridge's address in each family.
            let hosts = try TextFile.read(record.hostsPath, limit: 4096)
            #expect(hosts?.contains("10.213.0.1\thost\nfd00:88::53\thost\n") == true, "\(hosts ?? "")")
        }
    }

    @Test(
        arguments: [
            ("bip6", "fd00::/64", nil, nil), ("bip6", "10.1.2.3/24", nil, nil), ("fixed-cidr-v6", "fd00::1/64", "fd01::/80", nil),
            ("default-gateway-v6", "fd00::1/64", nil, "fd01::9"), ("default-gateway-v6", nil, nil, "10.1.2.3"),
        ] as [(String, String?, String?, String?)])
    func addressesOfIPv6ThatCannotBe(key: String, bridge: String?, range: String?, gateway: String?) throws {
        var configuration = EngineConfiguration.DefaultNetwork()
        (configuration.bridgeAddressV6, configuration.fixedCIDRv6, configuration.gatewayV6) = (bridge, range, gateway)
        let error = #expect(throws: ConfigurationError.self) { _ = try DefaultNetworkSettings(configuration, bip: nil) }
        #expect(error?.description.contains("key '\(key)' must be") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        (["nowhere"], "must have addresses"), (["10.0.0.1", "10.0.0.2"], "only one IPv4"), (["fd00::1", "fd00::2"], "only one IPv6"),
    ])
    func hostGatewaysThatCannotBe(addresses: [String], words: String) throws {
        var configuration = EngineConfiguration()
        configuration.lookups.hostGateways = addresses
        let layout = EngineLayout(root: "/r", run: "/u")
        let error = #expect(throws: ConfigurationError.self) {
            _ = try NetworkSettings(configuration: configuration, layout: layout, warmPool: 0)
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func defaultOptionsThatNoNetworkCouldHave() throws {
        var configuration = EngineConfiguration()
        configuration.networkOptions = ["bridge": ["com.docker.network.driver.mtu": "small"], "macvlan": ["parent": "eth9"]]
        let layout = EngineLayout(root: "/r", run: "/u")
        let error = #expect(throws: ConfigurationError.self) {
            _ = try NetworkSettings(configuration: configuration, layout: layout, warmPool: 0)
        }
        #expect(error?.description.hasPrefix("key 'default-network-opts': failed to parse com.docker.network.driver.mtu") == true)
        configuration.networkOptions["bridge"] = ["com.docker.network.driver.mtu": "1400"]
        #expect(throws: Never.self) { _ = try NetworkSettings(configuration: configuration, layout: layout, warmPool: 0) }
    }

    @Test(arguments: [("10.9.0.0/24", "10.220.0.1/16"), ("nonsense", nil), ("10.9.0.0/31", nil)])
    func rangesThatCannotBe(range: String, bip: String?) throws {
        var configuration = EngineConfiguration.DefaultNetwork()
        configuration.fixedCIDR = range
        #expect(throws: ConfigurationError.self) {
            _ = try DefaultNetworkSettings(configuration, bip: bip.flatMap { InterfaceAddress($0) })
        }
    }

    /// A linked container's address is in the file, and stays right when it comes back with another one.
    @Test func linksFollowTheOther() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service(warmPool: 0)
            _ = try await service.createSandbox(.bridged("db"))
            var request = CreateSandbox.Request.bridged("web")
            request.links = [SandboxLink(containerID: "db", names: "store db-host name-of-db")]
            let web = try await service.createSandbox(request)
            #expect(try TextFile.read(web.hostsPath, limit: 4096)?.contains("10.213.0.2\tstore db-host name-of-db\n") == true)
            try await service.removeSandbox(.init(containerID: "db", keepsFiles: false))
            _ = try await service.createSandbox(.bridged("squatter"))
            let next = try await service.createSandbox(.bridged("db")).endpoints[0].ipv4Address
            #expect(next != "10.213.0.2")
            let text = try #require(try TextFile.read(web.hostsPath, limit: 4096))
            #expect(text.contains("\(next)\tstore db-host name-of-db\n") && !text.contains("10.213.0.2\tstore"))
            #expect(text.contains("10.213.0.3\tweb\n"))
        }
    }
}
