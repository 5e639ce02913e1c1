// Requests for macvlan, ipvlan and VLAN links, and the options that lead to them.
import Contracts
import RPC
import Testing

@testable import NetworkServer

struct LinkRequestTests {
    /// What `ip link add link 7 name eth0 type macvlan mode bridge` sends, with a namespace besides.
    @Test func bytesOfAMACVLANRequest() {
        let request = LinkRequest(name: "eth0", link: .macvlan(.bridge), parent: 7, namespace: 9, mtu: 1400)
        let bytes: [UInt8] = [
            9, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0,
            8, 0, 5, 0, 7, 0, 0, 0,
            8, 0, 4, 0, 0x78, 5, 0, 0,
            8, 0, 28, 0, 9, 0, 0, 0,
            28, 0, 18, 0x80,
            12, 0, 1, 0, 0x6d, 0x61, 0x63, 0x76, 0x6c, 0x61, 0x6e, 0,
            12, 0, 2, 0x80, 8, 0, 1, 0, 4, 0, 0, 0,
        ]
        #expect(request.attributes.flatMap(\.encoded) == bytes)
    }

    @Test func modesAndFlagsOfIPVLANAndVLANs() {
        let ipvlan = LinkRequest(name: "a", link: .ipvlan(.l3s, .vepa), parent: 1).attributes.last
        #expect(
            ipvlan
                == .nested(18, [.text(1, "ipvlan"), .nested(2, [.bytes(1, [2, 0]), .bytes(2, [2, 0])])]))
        let vlan = LinkRequest(name: "a", link: .vlan(50), parent: 1).attributes.last
        #expect(vlan == .nested(18, [.text(1, "vlan"), .nested(2, [.bytes(1, [50, 0])])]))
    }

    @Test(
        arguments: [
            ("macvlan", [:], StackedLink.macvlan(.bridge)),
            ("macvlan", ["macvlan_mode": "passthru", "parent": "eth1"], .macvlan(.passthru)),
            ("macvlan", ["macvlan_mode": "vepa"], .macvlan(.vepa)),
            ("ipvlan", [:], .ipvlan(.l2, .bridge)),
            ("ipvlan", ["ipvlan_mode": "l3", "ipvlan_flag": "private"], .ipvlan(.l3, .privately)),
        ] as [(String, [String: String], StackedLink)])
    func options(driver: String, options: [String: String], link: StackedLink) {
        var (faults, unknown): ([String], [String]) = ([], [])
        let read = ParentOptions(options, driver: driver, faults: &faults, unknown: &unknown)
        #expect(read.link == link && read.parent == options["parent"] && faults.isEmpty && unknown.isEmpty)
    }

    @Test(arguments: [
        ("macvlan", ["macvlan_mode": "l2"], "requested macvlan mode 'l2' is not valid, 'bridge' mode is the macvlan driver default"),
        ("ipvlan", ["ipvlan_mode": "bridge"], "requested ipvlan mode 'bridge' is not valid, 'l2' mode is the ipvlan driver default"),
        ("ipvlan", ["ipvlan_flag": "l2"], "requested ipvlan flag 'l2' is not valid, 'bridge' is the ipvlan driver default"),
        ("macvlan", ["parent": "lo"], "loopback interface is not a valid macvlan parent link"),
        ("macvlan", ["parent": "a/b"], "is no interface name"),
    ])
    func faults(driver: String, options: [String: String], words: String) {
        var request = CreateNetwork.Request(name: "x", driver: driver)
        request.options = options
        let error = #expect(throws: RPCError.self) { _ = try NetworkPlan(request, existing: []) }
        #expect(error?.code == .invalidParameter && error?.message.contains(words) == true)
    }

    @Test func whatMeansNothingIsTold() throws {
        var request = CreateNetwork.Request(name: "x", driver: "macvlan")
        request.options = ["ipvlan_mode": "l2", "com.docker.network.bridge.name": "b"]
        #expect(try NetworkPlan(request, existing: []).warnings.count == 2)
    }

    @Test(arguments: [("eth0.50", "eth0", 50), ("a.b.7", "a.b", 7), ("eth0", nil, 0), ("eth0.0", nil, 0), ("eth0.4095", nil, 0)])
    func vlansByName(name: String, parent: String?, id: UInt16) {
        let vlan = ParentOptions.vlan(name)
        #expect(vlan?.parent == parent && vlan?.id ?? 0 == id)
    }
}
