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

    private func ruleSet() throws -> RuleSet {
        RuleSet(
            table: "t", bridges: [RuleSet.Bridge(name: "br9", subnet: try #require(IPPrefix("10.213.0.0/16")))],
            publications: [
                try publication("tcp", "0.0.0.0", 8080, "10.213.0.2", 80), try publication("udp", "127.0.0.1", 53, "10.213.0.3", 5353),
            ])
    }

    @Test func elementsOfPublishedPorts() throws {
        let rules = try ruleSet()
        #expect(rules.additions(of: rules.publications) == """
            add element inet t published_anywhere { tcp . 8080 : 10.213.0.2 . 80 }
            add element inet t published { 127.0.0.1 . udp . 53 : 10.213.0.3 . 5353 }
            """)
        #expect(rules.removals(of: rules.publications) == """
            delete element inet t published_anywhere { tcp . 8080 }
            delete element inet t published { 127.0.0.1 . udp . 53 }
            """)
        #expect(rules.additions(of: []) == "")
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
        #expect(chain == ["ct state established,related accept", "ct status dnat accept", "iifname \"br9\" oifname \"br9\" accept", "drop"])
    }

    @Test func removalWorksWithoutATable() {
        #expect(RuleSet.removal(ofTable: "t") == "add table inet t\ndelete table inet t")
    }
}
