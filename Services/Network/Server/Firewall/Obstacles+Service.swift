// Warns of other tables of the packet filter that cut containers off.
import Logging
import ServiceKit

extension NetworkService {
    /// Only headers of chains are listed at first: where there are very many rules, they take long.
    func warnOfObstacles() {
        do {
            let firewall = try kernel().firewall
            let closed = ForeignFirewall(listing: try firewall.run("list chains")).closedTables
            let listing = try closed.map { try firewall.run("list table \($0)") }.joined(separator: "\n")
            for bridge in active.values.flatMap(\.filtered) where !bridge.isInternal {
                let hasIPv6 = bridge.subnets.contains { $0.family == .v6 }
                for obstacle in ForeignFirewall(listing: listing).obstacles(to: bridge.name, hasIPv6: hasIPv6) {
                    logger.warning(
                        "another table of the packet filter cuts containers off from outside",
                        metadata: ["table": "\(obstacle.table)", "bridge": "\(bridge.name)", "remedy": "\(obstacle.remedy)"])
                }
            }
        } catch {
            logger.debug("can't tell what other tables of the packet filter do", metadata: ["error": "\(error)"])
        }
    }
}
