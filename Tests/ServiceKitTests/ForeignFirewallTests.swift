// Other firewalls' tables, as nft lists them.
import Testing

@testable import ServiceKit

struct ForeignFirewallTests {
    private static func table(_ name: String, policy: String = "drop", chain: String = "FORWARD", _ more: String = "") -> String {
        """
        table \(name) {
        \tchain INPUT {
        \t\ttype filter hook input priority filter; policy drop;
        \t}
        \tchain \(chain) {
        \t\ttype filter hook forward priority filter; policy \(policy);
        \t\t\(more)
        \t}
        }

        """
    }

    @Test(
        arguments: [
            ("", nil), (table("ip filter", policy: "accept"), nil), (table("inet berth", policy: "accept"), nil),
            (table("ip filter", "iifname \"berth0\" accept"), nil), (table("ip filter", "iifname \"ber*\" counter accept"), nil),
            (table("ip filter", "iifname \"berth1\" accept"), "iptables -I FORWARD -i berth0"),
            (table("ip filter", "iifname \"berth0\" drop"), "iptables -I FORWARD -i berth0"),
            (table("ip6 filter"), "ip6tables -I FORWARD -i berth0"),
            (table("ip filter", "jump ufw-before-forward\n\t}\n\tchain ufw-before-forward {"), "ufw route allow in on berth0"),
            (table("ip filter", "jump DOCKER-USER\n\t}\n\tchain DOCKER-USER {"), "iptables -I DOCKER-USER -i berth0"),
            (table("inet mine", chain: "fwd"), "have its forward chain accept"),
            (table("inet firewalld", policy: "accept", chain: "filter_FORWARD", "reject with icmpx admin-prohibited"), "firewall-cmd"),
            (table("inet firewalld", policy: "accept", chain: "filter_FORWARD", "iifname \"berth0\" goto filter_FWD_trusted"), nil),
        ] as [(String, String?)])
    func whatIsInTheWay(listing: String, remedy: String?) {
        let obstacles = ForeignFirewall(listing: listing).obstacles(to: "berth0", hasIPv6: true)
        #expect(obstacles.count == (remedy == nil ? 0 : 1))
        #expect(obstacles.first?.remedy.hasPrefix(remedy ?? "") ?? true, "\(obstacles)")
        let others = ForeignFirewall(listing: listing).obstacles(to: "berth0", hasIPv6: false)
        #expect(others == obstacles.filter { !$0.table.hasPrefix("ip6 ") })
    }
}
