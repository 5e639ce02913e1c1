// The chains of the table and their rules.

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

    static let declarations = [
        Declaration(kind: "set", name: "bridges", body: " { type ifname ; }"),
        Declaration(
            kind: "map", name: "published", body: " { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service ; }"),
        Declaration(
            kind: "map", name: "published_anywhere", body: " { type inet_proto . inet_service : ipv4_addr . inet_service ; }"),
        Declaration(kind: "chain", name: administratorChain, isFlushed: false),
        Declaration(kind: "chain", name: "guard", body: base("filter", "prerouting", "raw")),
        Declaration(kind: "chain", name: "prerouting", body: base("nat", "prerouting", "dstnat")),
        Declaration(kind: "chain", name: "output", body: base("nat", "output", "-100")),
        Declaration(kind: "chain", name: "postrouting", body: base("nat", "postrouting", "srcnat")),
        Declaration(kind: "chain", name: "forward", body: base("filter", "forward", "filter")),
        Declaration(kind: "chain", name: "publish"),
        Declaration(kind: "chain", name: "to_containers"),
    ]

    private static func base(_ type: String, _ hook: String, _ priority: String) -> String {
        " { type \(type) hook \(hook) priority \(priority) ; policy accept ; }"
    }

    var rules: [Rule] { translation + filtering + bridges.flatMap(sourceTranslation) }

    /// Loopback addresses count for the host's own connections only: from outside they are left to the kernel, which drops them.
    private var translation: [Rule] {
        [
            Rule(chain: "publish", text: "dnat ip to ip daddr . meta l4proto . th dport map @published"),
            Rule(chain: "publish", text: "dnat ip to meta l4proto . th dport map @published_anywhere"),
            Rule(chain: "prerouting", text: "ip daddr 127.0.0.0/8 return"),
            Rule(chain: "prerouting", text: "meta l4proto { tcp, udp } fib daddr type local jump publish"),
            Rule(chain: "output", text: "meta l4proto { tcp, udp } fib daddr type local jump publish"),
        ]
    }

    /// A container is reached by what it published, by answers, and by its neighbours on the same bridge; by nothing else.
    private var filtering: [Rule] {
        [
            // The bridges route loopback addresses for the host's sake; containers must not reach the host's loopback by that.
            Rule(chain: "guard", text: "iifname @bridges ip daddr 127.0.0.0/8 drop"),
            Rule(chain: "forward", text: "jump \(Self.administratorChain)"),
            Rule(chain: "forward", text: "oifname @bridges jump to_containers"),
            Rule(chain: "to_containers", text: "ct state established,related accept"),
            Rule(chain: "to_containers", text: "ct status dnat accept"),
        ] + bridges.map { Rule(chain: "to_containers", text: "iifname \"\($0.name)\" oifname \"\($0.name)\" accept") }
            + [Rule(chain: "to_containers", text: "drop")]
    }

    private func sourceTranslation(_ bridge: Bridge) -> [Rule] {
        [
            Rule(chain: "postrouting", text: "ip saddr \(bridge.subnet) oifname != \"\(bridge.name)\" masquerade"),
            // A neighbour would answer a container directly, and its answer would not be recognised.
            Rule(chain: "postrouting", text: "ip saddr \(bridge.subnet) oifname \"\(bridge.name)\" ct status dnat masquerade"),
            // A container can't answer a loopback address.
            Rule(chain: "postrouting", text: "ip saddr 127.0.0.0/8 oifname \"\(bridge.name)\" masquerade"),
        ]
    }
}
