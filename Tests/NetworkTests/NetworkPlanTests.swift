// What requests for networks are refused for, in dockerd's words, before anything is done.
import Contracts
import RPC
import Testing

@testable import NetworkServer

struct NetworkPlanTests {
    private static let existing: [NetworkRow] = {
        var template = NetworkConfiguration(labels: ["a": "b"])
        template.isConfigurationOnly = true
        var bridged = NetworkConfiguration(options: [NetworkOptions.bridgeNameKey: "br7"])
        bridged.enablesIPv6 = true
        return PredefinedNetworks.all.map { NetworkRow(id: "id-of-\($0.name)", name: $0.name, driver: $0.driver, createdAt: 1) } + [
            NetworkRow(id: "n1", name: "taken", driver: "bridge", createdAt: 1, configuration: bridged),
            NetworkRow(id: "n2", name: "template", driver: "bridge", createdAt: 1, configuration: template),
        ]
    }()

    private func plan(_ change: (inout CreateNetwork.Request) -> Void) throws -> NetworkPlan {
        var request = CreateNetwork.Request(name: "fresh")
        change(&request)
        return try NetworkPlan(request, existing: Self.existing)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var code: RPCError.Code
        var words: String
        var change: @Sendable (inout CreateNetwork.Request) -> Void
        var testDescription: String { words }
        init(_ code: RPCError.Code, _ words: String, _ change: @escaping @Sendable (inout CreateNetwork.Request) -> Void) {
            (self.code, self.words, self.change) = (code, words, change)
        }
    }

    private static func pool(_ subnet: String, _ gateway: String = "", _ range: String = "", _ others: [String: String] = [:])
        -> [NetworkRecord.Pool]
    {
        [.init(subnet: subnet, gateway: gateway, ipRange: range, auxiliaryAddresses: others)]
    }

    @Test(arguments: [
        Refusal(.conflict, "network with name taken already exists") { $0.name = "taken" },
        Refusal(.forbidden, "operation is not permitted on predefined bridge network") { $0.name = "bridge" },
        Refusal(.invalidParameter, "invalid name: name is empty") { $0.name = " " },
        Refusal(.forbidden, "[ ingress | internal | attachable | scope ] are not supported.") {
            ($0.isConfigurationOnly, $0.isInternal) = (true, true)
        },
        Refusal(.invalidParameter, "invalid name: a/b") { $0.name = "a/b" },
        Refusal(.invalidParameter, "invalid name:  a") { $0.name = " a" },
        Refusal(.invalidParameter, "invalid name: a ") { $0.name = "a " },
        Refusal(.notFound, "plugin \"weave\" not found") { $0.driver = "weave" },
        Refusal(.forbidden, "only one instance of \"host\" network is allowed") { $0.driver = "host" },
        Refusal(.invalidParameter, "IPv4 or IPv6 must be enabled") { $0.enablesIPv4 = false },
        Refusal(.invalidParameter, "invalid subnet 10.9.0.0: invalid CIDR block notation") { $0.pools = pool("10.9.0.0") },
        Refusal(.invalidParameter, "invalid subnet 10.9.0.1/24: it should be 10.9.0.0/24") { $0.pools = pool("10.9.0.1/24") },
        Refusal(.invalidParameter, "invalid subnet 10.9.0.1/32: it has no room for a gateway and a container") {
            $0.pools = pool("10.9.0.1/32")
        },
        Refusal(.invalidParameter, "invalid ip-range 10.8.0.0/24: parent subnet 10.9.0.0/16 doesn't contain ip-range") {
            $0.pools = pool("10.9.0.0/16", "", "10.8.0.0/24")
        },
        Refusal(.invalidParameter, "invalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.9.0.0/16") {
            $0.pools = pool("10.9.0.0/16", "", "10.0.0.0/8")
        },
        Refusal(.invalidParameter, "invalid gateway 10.8.0.1: parent subnet 10.9.0.0/16 doesn't contain this address") {
            $0.pools = pool("10.9.0.0/16", "10.8.0.1")
        },
        Refusal(.invalidParameter, "invalid gateway fd00::1: parent subnet is an IPv4 block") { $0.pools = pool("10.9.0.0/16", "fd00::1") },
        Refusal(.invalidParameter, "invalid auxiliary address 10.9.0.1: a is given to something else already") {
            $0.pools = pool("10.9.0.0/16", "10.9.0.1", "", ["a": "10.9.0.1"])
        },
        Refusal(.invalidParameter, "invalid subnet 10.9.1.0/24: it overlaps another one of this network") {
            $0.pools = pool("10.9.0.0/16") + pool("10.9.1.0/24")
        },
        Refusal(.invalidParameter, "invalid gateway 10.9.0.1: it has no subnet") { $0.pools = pool("", "10.9.0.1") },
        Refusal(.invalidParameter, "failed to parse com.docker.network.bridge.enable_icc value: \"maybe\" is neither true nor false") {
            $0.options = ["com.docker.network.bridge.enable_icc": "maybe"]
        },
        Refusal(.invalidParameter, "gateway mode 'isolated' can only be used for an internal network") {
            $0.options = ["com.docker.network.bridge.gateway_mode_ipv4": "isolated"]
        },
        Refusal(.invalidParameter, "\"a b\" is no interface name of at most 15 bytes") {
            $0.options = [NetworkOptions.bridgeNameKey: "a b"]
        },
        Refusal(.forbidden, "conflicts with network n1 (br7): networks have same bridge name") {
            $0.options = [NetworkOptions.bridgeNameKey: "br7"]
        },
        Refusal(.notFound, "configuration network \"nowhere\" does not exist") { $0.configurationSource = "nowhere" },
        Refusal(.forbidden, "network \"taken\" is not a configuration network") { $0.configurationSource = "taken" },
        Refusal(.forbidden, "user specified configurations are not supported if the network depends on a configuration network") {
            $0.configurationSource = "template"
            $0.labels = ["x": "y"]
        },
    ])
    func refuses(_ row: Refusal) throws {
        let error = try #require(throws: RPCError.self) { _ = try plan(row.change) }
        #expect(error.code == row.code)
        #expect(error.message.contains(row.words), "\(error.message)")
    }

    @Test func allFaultsAtOnce() throws {
        let error = try #require(throws: RPCError.self) {
            _ = try plan { $0.pools = Self.pool("x") + Self.pool("10.9.0.1/24", "10.8.0.1") }
        }
        #expect(
            error.message == """
                invalid network config:
                invalid subnet x: invalid CIDR block notation
                invalid subnet 10.9.0.1/24: it should be 10.9.0.0/24
                invalid gateway 10.8.0.1: parent subnet 10.9.0.0/24 doesn't contain this address
                """)
    }

    @Test func faultsOfOptionsStandForThemselves() throws {
        let error = try #require(throws: RPCError.self) { _ = try plan { $0.options = ["com.docker.network.driver.mtu": "x"] } }
        #expect(error.message.hasPrefix("failed to parse com.docker.network.driver.mtu value"), "\(error.message)")
        let interval = "com.docker.network.advertise_addr_ms"
        #expect(throws: RPCError(.invalidParameter, "value for option \(interval) \"x\" must be integer milliseconds")) {
            try plan { $0.options = [interval: "x"] }
        }
    }

    @Test func anAddressForTheGatewayIsSetAsideWhereItIsUsed() {
        let inhibited = ["com.docker.network.bridge.inhibit_ipv4": "true"]
        #expect(!NetworkOptions(checked: inhibited, isInternal: true).hasGateway(.v4))
        #expect(NetworkOptions(checked: inhibited, isInternal: true).hasGateway(.v6))
        #expect(NetworkOptions(checked: inhibited, isInternal: false).hasGateway(.v4))
        let isolated = ["com.docker.network.bridge.gateway_mode_ipv4": "isolated"]
        #expect(!NetworkOptions(checked: isolated, isInternal: true).hasGateway(.v4))
    }

    @Test func familiesGetAPoolEach() throws {
        #expect(try plan { _ in }.wishes == [SubnetWish(family: .v4)])
        #expect(try plan { $0.enablesIPv6 = true }.wishes.map(\.family) == [.v4, .v6])
        #expect(try plan { ($0.enablesIPv4, $0.enablesIPv6) = (false, true) }.wishes.map(\.family) == [.v6])
        let mixed = try plan { request in
            request.enablesIPv6 = true
            request.pools = Self.pool("fd00:9::/64", "fd00:9::1")
        }
        #expect(mixed.wishes.map { $0.subnet?.description } == ["fd00:9::/64", nil])
        let unused = try plan { $0.pools = Self.pool("fd00:9::/64") }
        #expect(unused.wishes == [SubnetWish(family: .v4)])
        #expect(unused.warnings == ["subnet fd00:9::/64 has no effect: the network has no IPv6"])
        #expect(unused.configuration.pools.isEmpty && unused.configuration.unusedPools == Self.pool("fd00:9::/64"))
    }

    @Test func templatesAndUnknownOptions() throws {
        let made = try plan {
            $0.configurationSource = "template"
            $0.enablesIPv6 = false
        }
        #expect(made.configuration.labels == ["a": "b"] && !made.configuration.isConfigurationOnly)
        #expect(made.configuration.configurationSource == "template")
        #expect(try plan { $0.options = ["foo": "bar"] }.warnings == ["option foo means nothing to driver bridge and has no effect"])
    }

    /// Whatever driver is asked for, and with whatever options: those count that are made from it.
    @Test(arguments: ["", "bridge", "macvlan", "null"])
    func aTemplateTakesAnyDriver(driver: String) throws {
        let options = ["parent": "eth0", NetworkOptions.bridgeNameKey: "br7"]
        let made = try plan { ($0.driver, $0.isConfigurationOnly, $0.options) = (driver, true, options) }
        #expect(made.configuration.options == options && made.warnings.isEmpty)
    }

    @Test func optionsOfABridge() {
        let options = NetworkOptions(
            checked: [
                "com.docker.network.bridge.enable_icc": "0", "com.docker.network.bridge.enable_ip_masquerade": "False",
                "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1", "com.docker.network.driver.mtu": "1400",
                "com.docker.network.bridge.gateway_mode_ipv6": "routed", "com.docker.network.host_ipv4": "198.51.100.1",
                "com.docker.network.container_iface_prefix": "lan",
            ], isInternal: false)
        #expect(!options.connectsContainers && !options.masquerades)
        #expect(options.binding?.description == "127.0.0.1" && options.mtu == 1400 && options.interfacePrefix == "lan")
        #expect(options.mode(.v4) == .nat && options.mode(.v6) == .routed)
        #expect(options.sources[.v4]?.description == "198.51.100.1")
    }
}
