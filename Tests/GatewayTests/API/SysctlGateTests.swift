// Settings of the first interface, by the API's version.
import Models
import RPC
import Testing

@testable import GatewayAPI

@Suite struct SysctlGateTests {
    private static let setting = ["net.ipv4.conf.eth0.log_martians": "1", "net.ipv4.ip_forward": "1"]

    private func gated(
        _ minor: Int, mode: String = "app", _ sysctls: [String: String] = setting
    ) throws -> (host: HostConfig, options: [String: String]?, warnings: [String]) {
        var host = HostConfig()
        (host.networkMode, host.sysctls) = (mode, sysctls)
        var endpoints: [String: EndpointSettings] = [:]
        let warnings = try SysctlGate.apply(&host, &endpoints, APIVersion(1, minor))
        return (host, endpoints[mode]?.driverOpts, warnings)
    }

    @Test func itMovesToTheEndpointBefore148() throws {
        let gated = try gated(47)
        #expect(gated.host.sysctls == ["net.ipv4.ip_forward": "1"])
        #expect(gated.options == [SysctlGate.option: "net.ipv4.conf.IFNAME.log_martians=1"])
        let moved = "\"\(SysctlGate.option)\":\"net.ipv4.conf.IFNAME.log_martians=1\""
        #expect(gated.warnings == ["Migrated sysctl \"net.ipv4.conf.eth0.log_martians\" to DriverOpts{\(moved)}."])
    }

    @Test func itIsRefusedSince() {
        #expect(throws: RPCError.self) { try gated(48) }
    }

    @Test func otherInterfacesAreNobodys() {
        #expect(throws: RPCError.self) { try gated(47, ["net.ipv4.conf.eth1.log_martians": "1"]) }
    }

    @Test(arguments: ["host", "none", "container:x"]) func withoutANetworkNothingMoves(mode: String) throws {
        let gated = try gated(47, mode: mode)
        #expect(gated.host.sysctls == Self.setting && gated.options == nil && gated.warnings.isEmpty)
    }

    @Test func settingsOfAllInterfacesStay() throws {
        let all = ["net.ipv4.conf.all.forwarding": "1", "net.core.somaxconn": "9"]
        #expect(try gated(52, all).host.sysctls == all)
    }
}
