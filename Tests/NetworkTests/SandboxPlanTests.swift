// What requests are refused for before anything is done.
import Contracts
import RPC
import Testing

@testable import NetworkServer

struct SandboxPlanTests {
    private static let networks = PredefinedNetworks.all.map {
        NetworkRow(id: "id-of-\($0.name)", name: $0.name, driver: $0.driver, createdAt: 1, subnet: nil, gateway: nil)
    }

    private func request(_ change: (inout CreateSandbox.Request) -> Void = { _ in }) -> CreateSandbox.Request {
        var request = CreateSandbox.Request(
            containerID: "c1", containerName: "web", mode: .own, endpoints: [EndpointRequest(network: "bridge")], hostname: "web")
        change(&request)
        return request
    }

    private func plan(_ request: CreateSandbox.Request) throws -> SandboxPlan {
        try SandboxPlan(request, networks: Self.networks, gateways: [IPAddress("10.213.0.1")].compactMap { $0 })
    }

    @Test(arguments: ["bridge", "id-of-bridge"])
    func networksByNameOrID(network: String) throws {
        let plan = try plan(request { $0.endpoints = [EndpointRequest(network: network, macAddress: "02:42:ac:11:00:02")] })
        guard case .own(let endpoints) = plan.mode, let attachment = endpoints.first, endpoints.count == 1 else {
            Issue.record("no attachment")
            return
        }
        #expect(attachment.networkID == "id-of-bridge")
        #expect(attachment.mac?.description == "02:42:ac:11:00:02")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var code: RPCError.Code
        var message: String
        var change: @Sendable (inout CreateSandbox.Request) -> Void
        var testDescription: String { message }
        init(_ code: RPCError.Code, _ message: String, _ change: @escaping @Sendable (inout CreateSandbox.Request) -> Void) {
            self.code = code
            self.message = message
            self.change = change
        }
    }

    @Test(arguments: [
        Refusal(.invalidParameter, "user specified IP address is supported on user defined networks only") {
            $0.endpoints = [EndpointRequest(network: "bridge", ipv4Address: "10.213.0.7")]
        },
        Refusal(.invalidParameter, "network-scoped alias is supported only for containers in user defined networks") {
            $0.endpoints = [EndpointRequest(network: "bridge", aliases: ["db"])]
        },
        Refusal(.notFound, "network backend not found") { $0.endpoints = [EndpointRequest(network: "backend")] },
        Refusal(.invalidParameter, "invalid MAC address: \"01:00:5e:00:00:01\"") {
            $0.endpoints = [EndpointRequest(network: "bridge", macAddress: "01:00:5e:00:00:01")]
        },
        Refusal(.invalidParameter, "invalid container ID: \"../x\"") { $0.containerID = "../x" },
        Refusal(.invalidParameter, "invalid container ID: \"\"") { $0.containerID = "" },
        Refusal(.invalidParameter, "invalid IP address in dns: \"dns.example\"") { $0.dnsServers = ["dns.example"] },
        Refusal(.invalidParameter, "invalid name or option: \"a\nnameserver 6.6.6.6\"") { $0.dnsSearch = ["a\nnameserver 6.6.6.6"] },
        Refusal(.invalidParameter, "conflicting options: port publishing and the container type network mode") {
            $0.mode = .container("c0")
            $0.endpoints = []
            $0.ports = [PortBinding(containerPort: 80, transport: .tcp)]
        },
        Refusal(.invalidParameter, "conflicting options: container can't be connected to a network in host network mode") {
            $0.mode = .host
        },
        Refusal(.invalidParameter, "network bridge is neither host nor none") { $0.nominalNetwork = "bridge" },
        Refusal(.invalidParameter, "container cannot be connected to multiple networks with one of the networks in none mode") {
            $0.nominalNetwork = "none"
        },
    ])
    func refuses(_ row: Refusal) throws {
        let error = try #require(throws: RPCError.self) { _ = try plan(request(row.change)) }
        #expect(error.code == row.code)
        #expect(error.message == row.message)
    }

    /// As with dockerd: the subnet is taken when the network is made, and so is an address in it.
    @Test(arguments: [("fd00:9::7", "10.9.0.7"), ("fd00:8::7", nil)])
    func anAddressOfAFamilyThatIsNotEnabledIsLeftOut(ipv6: String, accepted: String?) throws {
        let configuration = NetworkConfiguration(
            pools: [.init(subnet: "10.9.0.0/16", gateway: "10.9.0.1")], unusedPools: [.init(subnet: "fd00:9::/64", gateway: "")])
        let network = NetworkRow(
            id: "id-of-app", name: "app", driver: "bridge", createdAt: 1, stage: .ready, configuration: configuration)
        let request = EndpointRequest(network: "app", ipv4Address: "10.9.0.7", ipv6Address: ipv6)
        guard let accepted else {
            let error = try #require(throws: RPCError.self) { _ = try EndpointPlan(request, networks: [network]) }
            #expect(error.message == "no configured subnet contains IP address \(ipv6)")
            return
        }
        #expect(try EndpointPlan(request, networks: [network]).addresses == [.v4: try #require(IPAddress(accepted))])
    }

    @Test func noneHasNoAttachment() throws {
        guard case .own(let endpoints) = try plan(request { $0.endpoints = [] }).mode, endpoints.isEmpty else {
            Issue.record("has an attachment")
            return
        }
    }
}
