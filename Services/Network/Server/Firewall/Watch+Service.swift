// Keeps the packet filter as it shall be, whoever else changes it.
import Logging

extension NetworkService {
    /// From now on the table is restored within a moment of a flush.
    func watchRules() async throws {
        watch = try await FirewallWatch(
            home: visit.home, table: settings.table, ownThread: Self.threadName, logger: logger,
            restore: { [weak self] in await self?.restoreRules() })
    }

    /// The administrator's own chain stays as it is where it is; where it went with the table, it is made anew, empty.
    private func restoreRules() {
        guard watch != nil else { return }
        do {
            try kernel().firewall.run(ruleSet.script)
            forgetUnansweredFlows()
            logger.notice("the nftables table was changed by someone else and is restored", metadata: ["table": "\(settings.table)"])
        } catch {
            logger.error("can't restore the nftables table", metadata: ["table": "\(settings.table)", "error": "\(error)"])
        }
    }
}
