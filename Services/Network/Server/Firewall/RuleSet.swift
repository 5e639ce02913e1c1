// The engine's whole packet filter as a value: what the one nftables table shall contain.
import Contracts

/// The wanted content of the table `inet <name>`.
///
/// Published ports are elements of two maps (by host address and port, and by port alone), so that a container that comes or
/// goes changes elements and no rule, and a packet's way doesn't grow with their number.
struct RuleSet: Sendable, Equatable {
    /// A bridge whose containers are reached through address translation.
    struct Bridge: Sendable, Hashable {
        let name: String
        let subnet: IPPrefix
    }

    /// Name of the table, of family `inet`.
    var table: String
    var bridges: [Bridge] = []
    var publications: Set<Publication> = []

    /// The chain for the administrator's own rules, judged before the engine's whenever a packet is forwarded. The engine makes
    /// it, empty, and never touches its content.
    static let administratorChain = "berth-user"

    /// A script that brings the table into this state from any other, in one transaction.
    var script: String {
        let lines = Self.declarations.map { "add \($0.kind) inet \(table) \($0.name)\($0.body)" }
            + Self.declarations.filter(\.isFlushed).map { "flush \($0.kind) inet \(table) \($0.name)" }
            + rules.map { "add rule inet \(table) \($0.chain) \($0.text)" }
        return (["add table inet \(table)"] + lines + [bridgeElements, additions(of: publications)])
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// A script that removes the table, whether there is one or not.
    static func removal(ofTable table: String) -> String {
        "add table inet \(table)\ndelete table inet \(table)"
    }

    /// A script that publishes more ports; empty for none.
    func additions(of publications: some Collection<Publication>) -> String {
        elementCommands("add", publications) { " : \($0.containerAddress) . \($0.containerPort)" }
    }

    /// A script that takes published ports back; empty for none.
    func removals(of publications: some Collection<Publication>) -> String {
        elementCommands("delete", publications) { _ in "" }
    }

    private var bridgeElements: String {
        let names = bridges.map { "\"\($0.name)\"" }.joined(separator: ", ")
        return names.isEmpty ? "" : "add element inet \(table) bridges { \(names) }"
    }

    private func elementCommands(
        _ verb: String, _ publications: some Collection<Publication>, _ value: (Publication) -> String
    ) -> String {
        let sorted = publications.sorted { left, right in
            (left.transport.rawValue, left.hostPort, left.hostAddress) < (right.transport.rawValue, right.hostPort, right.hostAddress)
        }
        let everywhere = sorted.filter(\.hostAddress.isUnspecified).map { "\($0.transport.rawValue) . \($0.hostPort)\(value($0))" }
        let somewhere = sorted.filter { !$0.hostAddress.isUnspecified }
            .map { "\($0.hostAddress) . \($0.transport.rawValue) . \($0.hostPort)\(value($0))" }
        return [("published_anywhere", everywhere), ("published", somewhere)].filter { !$0.1.isEmpty }
            .map { "\(verb) element inet \(table) \($0.0) { \($0.1.joined(separator: ", ")) }" }.joined(separator: "\n")
    }
}
