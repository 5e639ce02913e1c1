// Addresses that are taken and left, as inspect of a network tells them.
import Models
import Testing

@testable import GatewayOrchestration

@Suite struct SubnetUsageTests {
    @Test(
        arguments: [
            ("10.1.0.0/24", "", ["10.1.0.1"], 3, 253), ("10.1.0.0/24", "", ["10.1.0.1", "10.1.0.9", "10.2.0.1", "", "fd00::1"], 4, 252),
            ("10.1.0.0/24", "10.1.0.128/25", ["10.1.0.1", "10.1.0.200"], 4, 126), ("10.1.0.0/31", "", ["10.1.0.0"], 1, 1),
            ("10.1.0.7/32", "", ["10.1.0.7"], 1, 0), ("fd00::/126", "", ["fd00::1"], 2, 2),
            ("fd00::/64", "", ["fd00::1"], 2, UInt64.max - 1), ("fd00::/63", "", [], 1, UInt64.max),
            ("0.0.0.0/0", "", [], 2, (1 << 32) - 2),
        ] as [(String, String, [String], UInt64, UInt64)])
    func counts(subnet: String, range: String, addresses: [String], inUse: UInt64, available: UInt64) {
        let usage = SubnetUsage(subnet: subnet, range: range, addresses: addresses)
        #expect(usage?.status == NetworkStatus.Subnet(inUse: inUse, available: available))
    }

    @Test(arguments: ["", "10.0.0.0", "10.0.0.0/33", "fd00::/129", "x/8", "10.0.0/8"])
    func noSubnet(text: String) { #expect(SubnetUsage(subnet: text, range: "", addresses: [])?.status == nil) }
}
