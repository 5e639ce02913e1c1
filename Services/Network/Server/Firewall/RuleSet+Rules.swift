// The sets, maps and chains of the table, and its rules.

extension RuleSet {
    struct Declaration: Sendable {
        let kind: String
        let name: String
        var body = ""
        /// Emptied before it is filled; all but the administrator's chain are.
        var isFlushed = true
    }

    struct Rule: Sendable, Equatable {
        let chain: String
        let text: String
    }

    static let declarations =
        sets + [
            Declaration(kind: "chain", name: administratorChain, isFlushed: false),
            Declaration(kind: "chain", name: "guard", body: base("filter", "prerouting", "raw")),
            Declaration(kind: "chain", name: "prerouting", body: base("nat", "prerouting", "dstnat")),
            Declaration(kind: "chain", name: "output", body: base("nat", "output", "-100")),
            Declaration(kind: "chain", name: "postrouting", body: base("nat", "postrouting", "srcnat")),
            Declaration(kind: "chain", name: "forward", body: base("filter", "forward", "filter")),
            Declaration(kind: "chain", name: "publish"),
            Declaration(kind: "chain", name: "from_internal"),
            Declaration(kind: "chain", name: "to_containers"),
        ]

    private static let sets =
        [
            // Every bridge of the engine; pairs of it and itself where containers reach each other; those that are cut off.
            Declaration(kind: "set", name: "bridges", body: " { type ifname ; }"),
            Declaration(kind: "set", name: "linked", body: " { type ifname . ifname ; }"),
            Declaration(kind: "set", name: "internal_bridges", body: " { type ifname ; }"),
            // From a container to a port of one that it is linked to.
            Declaration(kind: "set", name: "ways", body: " { type ipv4_addr . ipv4_addr . inet_proto . inet_service ; }"),
            // Interfaces of the host with bridges whose published ports are reached from there directly.
            Declaration(kind: "set", name: "trusted", body: " { type ifname . ifname ; }"),
        ]
        + [("v4", "ip", "ipv4_addr"), ("v6", "ip6", "ipv6_addr")].flatMap { suffix, header, type in
            [
                // Subnets with their bridges, and what becomes of their containers' source addresses outside.
                Declaration(kind: "set", name: "own_\(suffix)", body: " { typeof \(header) saddr . oifname ; flags interval ; }"),
                Declaration(kind: "set", name: "masqueraded_\(suffix)", body: " { type \(type) ; flags interval ; }"),
                Declaration(kind: "map", name: "sources_\(suffix)", body: " { type \(type) : \(type) ; flags interval ; }"),
                Declaration(kind: "set", name: "unprotected_\(suffix)", body: " { type ifname ; }"),
                Declaration(kind: "set", name: "open_\(suffix)", body: " { type \(type) . inet_proto . inet_service ; }"),
                Declaration(kind: "set", name: "trusted_\(suffix)", body: " { type \(type) . inet_proto . inet_service ; }"),
            ]
        }
        + [("", "ipv4_addr"), ("_v6", "ipv6_addr")].flatMap { suffix, type in
            [
                Declaration(
                    kind: "map", name: "published\(suffix)",
                    body: " { type \(type) . inet_proto . inet_service : \(type) . inet_service ; }"),
                Declaration(
                    kind: "map", name: "published_anywhere\(suffix)", body: " { type inet_proto . inet_service : \(type) . inet_service ; }"
                ),
            ]
        }

    private static func base(_ type: String, _ hook: String, _ priority: String) -> String {
        " { type \(type) hook \(hook) priority \(priority) ; policy accept ; }"
    }

    var rules: [Rule] { policy.rules + destinationTranslation + filtering + closing + sourceTranslation }

    /// As dockerd, which drops all other forwarding when it was the one to turn forwarding on. Bridges are left out, because
    /// other engines' containers are behind them.
    private var closing: [Rule] {
        IPFamily.allCases.filter(closesForwarding.contains).map { family in
            Rule(chain: "forward", text: "meta nfproto ipv\(family.rawValue) meta iifkind != \"bridge\" meta oifkind != \"bridge\" drop")
        }
    }

    /// A script that adds what `closesForwarding` has to the table's other rules.
    var closingScript: String {
        closing.map { "add rule inet \(table) \($0.chain) \($0.text)" }.joined(separator: "\n")
    }

    /// Loopback addresses count for the host's own connections only: from outside they are left to the kernel, which drops them.
    private var destinationTranslation: [Rule] {
        [
            Rule(chain: "publish", text: "meta nfproto ipv4 dnat ip to ip daddr . meta l4proto . th dport map @published"),
            Rule(chain: "publish", text: "meta nfproto ipv4 dnat ip to meta l4proto . th dport map @published_anywhere"),
            Rule(chain: "publish", text: "meta nfproto ipv6 dnat ip6 to ip6 daddr . meta l4proto . th dport map @published_v6"),
            Rule(chain: "publish", text: "meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @published_anywhere_v6"),
            Rule(chain: "prerouting", text: "ip daddr 127.0.0.0/8 return"),
            Rule(chain: "prerouting", text: "meta l4proto { tcp, udp, sctp } fib daddr type local jump publish"),
            // The kernel sends nothing from ::1 out of another interface: the proxy has those.
            Rule(chain: "output", text: "ip6 daddr ::1 return"),
            Rule(chain: "output", text: "meta l4proto { tcp, udp, sctp } fib daddr type local jump publish"),
        ]
    }

    /// A container is reached by what it published, by answers, and by its neighbours on the same bridge; by nothing else.
    private var filtering: [Rule] {
        [
            // The bridges route loopback addresses for the host's sake; containers must not reach the host's loopback by that.
            Rule(chain: "guard", text: "iifname @bridges ip daddr 127.0.0.0/8 drop"),
            Rule(chain: "forward", text: "jump \(Self.administratorChain)"),
            Rule(chain: "forward", text: "iifname @internal_bridges jump from_internal"),
            Rule(chain: "forward", text: "oifname @bridges jump to_containers"),
            Rule(chain: "from_internal", text: "iifname . oifname @linked accept"),
            Rule(chain: "from_internal", text: "drop"),
            Rule(chain: "to_containers", text: "ct state established,related accept"),
            Rule(chain: "to_containers", text: "ct status dnat accept"),
        ] + (acceptedMark.map { [Rule(chain: "to_containers", text: "\($0.condition) accept")] } ?? []) + [
            Rule(chain: "to_containers", text: "iifname . oifname @linked accept"),
            Rule(chain: "to_containers", text: "ip saddr . ip daddr . meta l4proto . th dport @ways accept"),
            Rule(chain: "to_containers", text: "ip daddr . meta l4proto . th dport @open_v4 accept"),
            Rule(chain: "to_containers", text: "ip6 daddr . meta l4proto . th dport @open_v6 accept"),
            Rule(chain: "to_containers", text: "iifname . oifname @trusted ip daddr . meta l4proto . th dport @trusted_v4 accept"),
            Rule(chain: "to_containers", text: "iifname . oifname @trusted ip6 daddr . meta l4proto . th dport @trusted_v6 accept"),
            Rule(chain: "to_containers", text: "meta nfproto ipv4 oifname @unprotected_v4 accept"),
            Rule(chain: "to_containers", text: "meta nfproto ipv6 oifname @unprotected_v6 accept"),
            Rule(chain: "to_containers", text: "drop"),
        ]
    }

    private var sourceTranslation: [Rule] {
        [
            // A neighbour would answer a container directly, and its answer would not be recognised.
            Rule(chain: "postrouting", text: "ip saddr . oifname @own_v4 ct status dnat masquerade"),
            Rule(chain: "postrouting", text: "ip6 saddr . oifname @own_v6 ct status dnat masquerade"),
            // A container can't answer a loopback address.
            Rule(chain: "postrouting", text: "ip saddr 127.0.0.0/8 oifname @bridges masquerade"),
            Rule(chain: "postrouting", text: "ip saddr . oifname != @own_v4 snat ip to ip saddr map @sources_v4"),
            Rule(chain: "postrouting", text: "ip6 saddr . oifname != @own_v6 snat ip6 to ip6 saddr map @sources_v6"),
            Rule(chain: "postrouting", text: "ip saddr @masqueraded_v4 ip saddr . oifname != @own_v4 masquerade"),
            Rule(chain: "postrouting", text: "ip6 saddr @masqueraded_v6 ip6 saddr . oifname != @own_v6 masquerade"),
        ]
    }
}
