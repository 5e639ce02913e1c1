// The packet filter as text.
import Contracts
import Testing

@testable import NetworkServer

struct RuleSetTests {
    private func publication(
        _ transport: String, _ host: String, _ port: UInt16, _ container: String, _ inner: UInt16
    ) throws -> Publication {
        Publication(
            transport: try #require(.init(rawValue: transport)), hostAddress: try #require(IPAddress(host)), hostPort: port,
            containerAddress: try #require(IPAddress(container)), containerPort: inner)
    }

    private func bridge(_ subnet: IPPrefix) -> RuleSet.Bridge {
        RuleSet.Bridge(name: "br9", subnets: [subnet], masqueraded: [.v4])
    }

    private func ruleSet() throws -> RuleSet {
        RuleSet(
            table: "t", bridges: [bridge(try #require(IPPrefix("10.213.0.0/16")))],
            publications: [
                try publication("tcp", "0.0.0.0", 8080, "10.213.0.2", 80), try publication("udp", "127.0.0.1", 53, "10.213.0.3", 5353),
            ])
    }

    @Test func elementsOfPublishedPorts() throws {
        let rules = try ruleSet()
        #expect(
            rules.additions(of: rules.publications) == """
                add element inet t published_anywhere { tcp . 8080 : 10.213.0.2 . 80 }
                add element inet t published { 127.0.0.1 . udp . 53 : 10.213.0.3 . 5353 }
                """)
        #expect(
            rules.removals(of: rules.publications) == """
                delete element inet t published_anywhere { tcp . 8080 }
                delete element inet t published { 127.0.0.1 . udp . 53 }
                """)
        #expect(rules.additions(of: []) == "")
    }

    @Test func elementsOfLinkedWays() throws {
        let rules = RuleSet(table: "t")
        let way = LinkedWay(
            source: try #require(IPAddress("10.213.0.3")), target: try #require(IPAddress("10.213.0.2")), transport: .tcp, port: 5432)
        #expect(rules.additions(of: [way] as Set) == "add element inet t ways { 10.213.0.3 . 10.213.0.2 . tcp . 5432 }")
        #expect(rules.removals(of: [way] as Set) == "delete element inet t ways { 10.213.0.3 . 10.213.0.2 . tcp . 5432 }")
        #expect(rules.additions(of: Set<LinkedWay>()) == "")
    }

    @Test func scriptIsTheSameForTheSameValue() throws {
        var other = RuleSet(table: "t")
        other.bridges = try ruleSet().bridges
        for publication in try ruleSet().publications.reversed() { other.publications.insert(publication) }
        #expect(try other.script == ruleSet().script)
    }

    @Test func administratorsChainIsMadeButNeverEmptied() throws {
        let lines = try ruleSet().script.split(separator: "\n").map(String.init)
        #expect(lines.contains("add chain inet t berth-user"))
        #expect(!lines.contains("flush chain inet t berth-user"))
        #expect(lines.first { $0.contains("forward jump") } == "add rule inet t forward jump berth-user")
        #expect(lines.filter { $0.contains("add rule inet t berth-user") }.isEmpty)
    }

    @Test func everythingElseIsEmptiedBeforeItIsFilled() throws {
        let lines = try ruleSet().script.split(separator: "\n").map(String.init)
        for declaration in RuleSet.declarations where declaration.isFlushed {
            let flush = try #require(lines.firstIndex(of: "flush \(declaration.kind) inet t \(declaration.name)"))
            let fills = lines.indices.filter { lines[$0].hasPrefix("add rule inet t \(declaration.name) ") }
            #expect(fills.allSatisfy { $0 > flush })
        }
    }

    @Test func noTableButItsOwnIsNamed() throws {
        let lines = try ruleSet().script.split(separator: "\n")
        #expect(lines.allSatisfy { $0.contains(" inet t") })
    }

    @Test func containersAreReachedOnlyByWhatIsPublished() throws {
        let chain = try ruleSet().rules.filter { $0.chain == "to_containers" }.map(\.text)
        #expect(chain.first == "ct state established,related accept")
        #expect(chain.last == "drop")
    }

    @Test func bridgesAreElements() throws {
        let six = RuleSet.Bridge(
            name: "b6", subnets: [try #require(IPPrefix("10.9.0.0/24")), try #require(IPPrefix("fd00:9::/64"))], connectsContainers: false,
            isInternal: true, unprotected: [.v6], sources: [.v4: try #require(IPAddress("198.51.100.7"))])
        let rules = RuleSet(table: "t")
        #expect(
            rules.additions(of: [bridge(try #require(IPPrefix("10.213.0.0/16")))]) == """
                add element inet t bridges { "br9" }
                add element inet t linked { "br9" . "br9" }
                add element inet t own_v4 { 10.213.0.0/16 . "br9" }
                add element inet t masqueraded_v4 { 10.213.0.0/16 }
                """)
        #expect(
            rules.removals(of: [six]) == """
                delete element inet t bridges { "b6" }
                delete element inet t internal_bridges { "b6" }
                delete element inet t unprotected_v6 { "b6" }
                delete element inet t own_v4 { 10.9.0.0/24 . "b6" }
                delete element inet t sources_v4 { 10.9.0.0/24 }
                delete element inet t own_v6 { fd00:9::/64 . "b6" }
                """)
    }

    @Test func elementsOfIPv6() throws {
        let publications = [
            try publication("tcp", "::", 80, "fd00:9::2", 8080), try publication("sctp", "fd00::1", 81, "fd00:9::2", 81),
        ]
        let ports = [OpenPort(address: "10.9.0.2", transport: .udp, port: 53), OpenPort(address: "fd00:9::2", transport: .tcp, port: 80)]
        let rules = RuleSet(table: "t")
        #expect(
            rules.additions(of: publications) == """
                add element inet t published_anywhere_v6 { tcp . 80 : fd00:9::2 . 8080 }
                add element inet t published_v6 { fd00::1 . sctp . 81 : fd00:9::2 . 81 }
                """)
        #expect(
            rules.removals(of: ports) == """
                delete element inet t open_v4 { 10.9.0.2 . udp . 53 }
                delete element inet t open_v6 { fd00:9::2 . tcp . 80 }
                """)
    }

    @Test func removalWorksWithoutATable() {
        #expect(RuleSet.removal(ofTable: "t") == "add table inet t\ndelete table inet t")
    }

    /// Only what the engine turned on is closed, of one family or of both.
    @Test(arguments: [[], [.v6], [.v4, .v6]] as [Set<IPFamily>])
    func forwardingIsClosedByFamily(families: Set<IPFamily>) {
        var rules = RuleSet(table: "t")
        rules.closesForwarding = families
        let drops = rules.script.split(separator: "\n").filter { $0.hasPrefix("add rule inet t forward") && $0.contains("iifkind") }
        #expect(drops.count == families.count)
        for family in families { #expect(drops.contains { $0.contains("nfproto ipv\(family.rawValue) ") }) }
        #expect(rules.closingScript == drops.joined(separator: "\n"))
    }
}
