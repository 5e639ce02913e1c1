// What other tables of the packet filter do to packets that the host forwards: each table has its say, and the engine's can't overrule it.

/// Reads what nft lists. Pure.
public struct ForeignFirewall: Sendable {
    /// A table that cuts containers off from everything outside their own network.
    public struct Obstacle: Sendable, Equatable {
        /// `ip filter`
        public var table: String
        /// What to do.
        public var remedy: String
    }

    private struct Table {
        let name: String
        var lines: [Substring] = []
        var isClosed = false

        /// By a rule that names the bridge, or all whose names begin as its does. Of firewalld's, each such rule leads to a zone.
        func lets(_ bridge: String) -> Bool {
            lines.contains { line in
                guard name == ForeignFirewall.firewalld || line.contains("accept") else { return false }
                return line.split(separator: "\"").contains { word in
                    word == bridge || word.hasSuffix("*") && bridge.hasPrefix(word.dropLast())
                }
            }
        }
    }

    private static let firewalld = "inet firewalld"
    private var tables: [Table] = []

    /// `listing` is of the whole ruleset, of some tables, or of chains without their rules.
    public init(listing: String) {
        for line in listing.split(whereSeparator: \.isNewline) {
            let words = line.split { " \t".contains($0) }
            if words.first == "table", words.count >= 3 { tables.append(Table(name: "\(words[1]) \(words[2])")) }
            guard !tables.isEmpty else { continue }
            tables[tables.count - 1].lines.append(line)
            guard line.contains("hook forward"), line.contains("type filter") else { continue }
            if line.contains("policy drop") || tables[tables.count - 1].name == Self.firewalld { tables[tables.count - 1].isClosed = true }
        }
    }

    /// `family name` of those that drop or refuse what nobody has let through.
    public var closedTables: [String] { tables.filter(\.isClosed).map(\.name) }

    /// Those of them in which nothing is said of the bridge. Tables for IPv6 alone are in the way of one that has it.
    public func obstacles(to bridge: String, hasIPv6: Bool) -> [Obstacle] {
        tables.filter { $0.isClosed && !$0.lets(bridge) && (hasIPv6 || !$0.name.hasPrefix("ip6 ")) }.map { table in
            Obstacle(table: table.name, remedy: Self.remedy(table, bridge))
        }
    }

    private static func remedy(_ table: Table, _ bridge: String) -> String {
        func has(_ chain: String) -> Bool { table.lines.contains { $0.contains("chain \(chain)") } }
        if table.name == firewalld {
            return "firewall-cmd --permanent --zone=trusted --add-interface=\(bridge) && firewall-cmd --reload"
        }
        if has("ufw") { return "ufw route allow in on \(bridge) && ufw route allow out on \(bridge)" }
        let (tool, chain) = (table.name == "ip6 filter" ? "ip6tables" : "iptables", has("DOCKER-USER") ? "DOCKER-USER" : "FORWARD")
        guard ["ip filter", "ip6 filter"].contains(table.name) else {
            return "have its forward chain accept what comes in and what goes out by \(bridge)"
        }
        return "\(tool) -I \(chain) -i \(bridge) -j ACCEPT && \(tool) -I \(chain) -o \(bridge) -j ACCEPT"
    }
}
