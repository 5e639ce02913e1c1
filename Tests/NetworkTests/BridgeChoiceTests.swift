// Which subnet the default bridge gets, and how a template is cut around what the host has.
import Contracts
import ServiceKit
import Testing

@testable import NetworkServer

struct BridgeChoiceTests {
    private func prefixes(_ texts: [String]) throws -> [IPPrefix] { try texts.map { try #require(IPPrefix($0)) } }

    struct Case: Sendable, CustomTestStringConvertible {
        var configured: String?
        var former: String?
        var isInUse = false
        var occupied: [String] = []
        var address: String
        var reason: BridgeChoice.Reason
        var testDescription: String { "\(address) \(reason)" }
    }

    @Test(arguments: [
        Case(address: "172.17.0.1/16", reason: .chosen),
        Case(occupied: ["172.17.4.0/24"], address: "172.18.0.1/16", reason: .chosen),
        Case(occupied: ["172.16.0.0/12"], address: "192.168.0.1/20", reason: .chosen),
        Case(configured: "10.5.0.9/24", occupied: ["10.0.0.0/8"], address: "10.5.0.9/24", reason: .configured),
        Case(former: "172.18.0.1/16", address: "172.18.0.1/16", reason: .kept),
        Case(former: "172.18.0.1/16", occupied: ["172.18.9.0/24"], address: "172.17.0.1/16", reason: .chosen),
        Case(former: "172.18.0.1/16", isInUse: true, occupied: ["172.18.9.0/24"], address: "172.18.0.1/16", reason: .keptForContainers),
        Case(configured: "10.5.0.9/24", former: "172.18.0.1/16", address: "10.5.0.9/24", reason: .configured),
        Case(configured: "10.5.0.9/24", former: "172.18.0.1/16", isInUse: true, address: "172.18.0.1/16", reason: .keptForContainers),
        Case(configured: "10.5.0.9/24", former: "10.5.0.9/24", isInUse: true, address: "10.5.0.9/24", reason: .kept),
    ])
    func settles(_ row: Case) throws {
        let templates = [("172.17.0.0/16", 16), ("172.18.0.0/16", 16), ("192.168.0.0/16", 20)]
        var ipam = IPAM(predefined: try templates.map { try #require(PoolTemplate(base: prefixes([$0.0])[0], size: $0.1)) })
        let choice = BridgeChoice(
            configured: row.configured.flatMap { InterfaceAddress($0) }, former: row.former.flatMap { InterfaceAddress($0) },
            isInUse: row.isInUse, occupied: try prefixes(row.occupied))
        let settled = try choice.settle(&ipam)
        #expect(settled.address.description == row.address)
        #expect(settled.reason == row.reason)
        #expect(throws: IPAMError.addressInUse(settled.address.address)) {
            _ = try ipam.requestAddress(settled.pool, settled.address.address)
        }
    }

    /// The address that a bridge of the host's has already goes before one that the engine would choose.
    @Test(
        arguments: [
            (true, nil, nil, nil), (false, nil, nil, "192.0.2.1/24"), (false, nil, "10.5.0.0/25", "10.5.0.9/24"),
            (false, nil, "10.6.0.0/25", "10.6.0.1/25"), (false, "10.7.0.1/24", nil, "10.7.0.1/24"),
            (true, nil, "10.5.0.0/25", "10.5.0.1/25"),
        ] as [(Bool, String?, String?, String?)])
    func whatAFoundBridgeGets(isOwn: Bool, bip: String?, range: String?, expected: String?) throws {
        var configuration = EngineConfiguration()
        (configuration.bip, configuration.defaultNetwork.fixedCIDR) = (bip, range)
        let settings = try NetworkSettings(configuration: configuration, layout: EngineLayout(root: "/r", run: "/u"), warmPool: 0)
        let link = LinkInformation(index: 1, name: "br0", kind: "bridge", master: 0, mtu: 1500, isUp: true, isMarked: isOwn)
        let addresses = ["192.0.2.1/24", "10.5.0.9/24"].compactMap { InterfaceAddress($0) }
        #expect(FoundBridge(link: link, addresses: addresses).wantedAddress(settings)?.description == expected)
    }

    @Test(
        arguments: [
            (["10.213.0.0/24"], "10.213.1.0/24"), (["10.213.0.5/32", "10.213.1.0/30"], "10.213.2.0/24"),
            (["10.0.0.0/8"], nil), (["10.213.0.0/17"], "10.213.128.0/24"), (["11.0.0.0/8"], "10.213.0.0/24"),
            (["10.213.255.0/24"], "10.213.0.0/24"),
        ] as [([String], String?)])
    func templatesAreCutAroundObstacles(occupied: [String], expected: String?) throws {
        let template = try #require(PoolTemplate(base: prefixes(["10.213.0.0/16"])[0], size: 24))
        #expect(template.firstFree(avoiding: try prefixes(occupied))?.description == expected)
    }

    @Test func templateSizesMustFit() throws {
        let base = try prefixes(["10.213.0.0/16"])[0]
        #expect(PoolTemplate(base: base, size: 15) == nil)
        #expect(PoolTemplate(base: base, size: 33) == nil)
        #expect(PoolTemplate(base: base, size: 16) != nil)
    }

    @Test func aVastRangeIsJumpedOverQuickly() throws {
        let template = try #require(PoolTemplate(base: prefixes(["fd00::/8"])[0], size: 64))
        #expect(template.firstFree(avoiding: try prefixes(["fd00::/9"]))?.description == "fd80::/64")
    }
}
