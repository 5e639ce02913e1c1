// The engine's whole packet filter as a value: what the one nftables table shall contain.
import Contracts

/// The wanted content of the table `inet <name>`.
///
/// Bridges and published ports are elements of sets and maps, so that a network or container that comes or goes changes
/// elements and no rule, and a packet's way doesn't grow with their number.
struct RuleSet: Sendable, Equatable {
    /// A bridge that the engine looks after, and how its containers may be reached.
    struct Bridge: Sendable, Hashable {
        let name: String
        let subnets: [IPPrefix]
        /// Its containers reach each other.
        var connectsContainers = true
        var isInternal = false
        /// Families in which containers' packets to the outside get the host's address.
        var masqueraded: Set<IPFamily> = []
        /// Families in which every port of a container is open.
        var unprotected: Set<IPFamily> = []
        /// What packets to the outside get as their source.
        var sources: [IPFamily: IPAddress] = [:]
        /// Interfaces of the host, from behind which its containers' published ports are reached at their own addresses.
        var trusted: [String] = []
    }

    /// Name of the table, of family `inet`.
    var table: String
    var bridges: [Bridge] = []
    var publications: Set<Publication> = []
    var openPorts: Set<OpenPort> = []
    var ways: Set<LinkedWay> = []
    var policy = PublishPolicy.any
    /// Families in which it drops what the host would forward between other interfaces than bridges: it does so for the engine's sake only.
    var closesForwarding: Set<IPFamily> = []
    /// Packets with this mark reach containers.
    var acceptedMark: FirewallMark?

    /// The chain for the administrator's own rules, judged before the engine's whenever a packet is forwarded. The engine makes
    /// it, empty, and never touches its content.
    static let administratorChain = "berth-user"

    /// A script that brings the table into this state from any other, in one transaction.
    var script: String {
        let lines =
            Self.declarations.map { "add \($0.kind) inet \(table) \($0.name)\($0.body)" }
            + Self.declarations.filter(\.isFlushed).map { "flush \($0.kind) inet \(table) \($0.name)" }
            + rules.map { "add rule inet \(table) \($0.chain) \($0.text)" }
        let elements = [additions(of: bridges), additions(of: publications), additions(of: openPorts), additions(of: ways)]
        return (["add table inet \(table)"] + lines + elements)
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// A script that removes the table, whether there is one or not.
    static func removal(ofTable table: String) -> String {
        "add table inet \(table)\ndelete table inet \(table)"
    }
}
