// What the container uses, and what it may use.
import Contracts
import RPC

extension Shim {
    func readStats() throws(RPCError) -> StatsSample {
        _ = try lifecycle.requireLive(container?.id ?? "")
        guard let runtime else { throw ContainerLifecycle.noContainer }
        return runtime.stats(at: WallClock.nanoseconds, ownNetwork: supervision?.spec.namespaces.network != .host)
    }

    /// All limits or none: those that were are written again when the kernel refuses one.
    func update(_ request: UpdateContainer.Request) throws(RPCError) -> RPCNothing {
        // Not only of one that runs: it may be about to start again.
        if let namespaces = request.namespaces { supervision?.follow(namespaces) }
        guard request.cgroup != nil || request.restart != nil else { return RPCNothing() }
        let isWaiting = if case .restarting = lifecycle { true } else { false }
        if !isWaiting { _ = try lifecycle.requireLive(container?.id ?? "") }
        if let wanted = request.cgroup, let before = supervision?.spec.cgroup {
            do throws(RuntimeFailure) {
                try runtime?.update(wanted)
            } catch {
                restore(before)
                throw error.rpcError
            }
            supervision?.spec.cgroup = wanted
        }
        if let rule = request.restart {
            supervision?.rules.restart = rule
            supervision?.schedule.rule = rule
        }
        return RPCNothing()
    }

    private func restore(_ limits: CgroupSpec) {
        do throws(RuntimeFailure) { try runtime?.update(limits) } catch { ShimLog.note("limits can't be restored: \(error.message)") }
    }
}
