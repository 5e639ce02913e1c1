// Who may reach published ports from outside the host.
import ServiceKit

/// The host's rule over all published ports, whatever addresses they are published on.
enum PublishPolicy: Sendable, Equatable {
    case any
    /// The host itself, and the engine's containers.
    case loopback
    /// Besides those, clients with addresses of these networks.
    case networks([IPPrefix])

    /// Reads `any`, `loopback`, or networks in CIDR notation separated by commas. Throws `ConfigurationError`.
    init(_ text: String) throws {
        switch text {
        case "any": self = .any
        case "loopback": self = .loopback
        default:
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let networks = parts.compactMap { IPPrefix($0) }
            guard networks.count == parts.count else {
                throw ConfigurationError(
                    "key 'publish-policy' must be any, loopback, or networks such as 192.0.2.0/24,2001:db8::/32, not '\(text)'")
            }
            // What lies within another is left out: intervals of a set must not overlap.
            let widest = Set(networks).filter { one in !networks.contains { $0 != one && $0.contains(one) } }
            self = .networks(widest.sorted { $0.first < $1.first })
        }
    }

    /// Rules at the beginning of the chain that translates what comes from outside: what isn't allowed is left untranslated, and
    /// goes to the socket that holds the port, which takes nothing.
    var rules: [RuleSet.Rule] {
        switch self {
        case .any: []
        case .loopback: Self.rules(except: [])
        case .networks(let networks): Self.rules(except: networks)
        }
    }

    private static func rules(except networks: [IPPrefix]) -> [RuleSet.Rule] {
        [(IPFamily.v4, "ipv4", "ip"), (.v6, "ipv6", "ip6")].map { family, protocolName, header in
            let allowed = networks.filter { $0.family == family }.map(\.description)
            let others = allowed.isEmpty ? "" : " \(header) saddr != { \(allowed.joined(separator: ", ")) }"
            return RuleSet.Rule(chain: "prerouting", text: "meta nfproto \(protocolName) iifname != @bridges\(others) return")
        }
    }
}
