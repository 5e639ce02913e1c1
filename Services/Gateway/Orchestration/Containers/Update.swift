// Update: other limits and another restart policy, at once and for good.
import Contracts
import GatewayState
import Models
import RPC
import ServiceKit

struct UpdateSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    /// Of it, limits and the restart policy count.
    let change: HostConfig
    let context: RPCContext

    /// Errors: `invalidParameter` for limits that make no sense; conflict with what is set, or when the container is going.
    func run() async throws -> ContainerUpdateResponse {
        var report = SettingsReport()
        UnsupportedField.check(change, &report)
        ResourceCheck(hostConfig: change, facts: engine.facts).check(&report)
        CreateCheck.checkRestartPolicy(change, &report)
        try report.throwFaults()
        try await live.gate.enter { try await apply() }
        return ContainerUpdateResponse(warnings: report.warnings)
    }

    private func apply() async throws {
        let record = try engine.current(live)
        let failure = "Cannot update container \(record.id)"
        switch record.state.phase {
        case .removing, .dead: throw RPCError(.conflict, "\(failure): container is marked for removal and cannot be \"update\"")
        case .created, .running, .paused, .restarting, .exited: break
        }
        var updated = record
        var change = change
        LimitSupport.discard(from: &change, engine.facts)
        do throws(RPCError) {
            updated.definition.hostConfig = try ResourceUpdate(change: change).applied(to: record.hostConfig)
        } catch {
            throw RPCError(error.code, "\(failure): \(error.message)")
        }
        if record.state.isActive { try await tellShim(updated, failure) }
        let hostConfig = updated.hostConfig
        if let record = try await engine.store.redefine(live.id, { $0.hostConfig = hostConfig }) { engine.tell("update", record) }
    }

    private func tellShim(_ updated: ContainerRecord, _ failure: String) async throws {
        let builder = SpecificationBuilder(record: updated, cgroupParent: engine.configuration.cgroupParent)
        let request = UpdateContainer.Request(
            cgroup: builder.cgroup(), restart: SupervisionBuilder.rule(updated.hostConfig.restartPolicy))
        do {
            try await engine.shim(of: live).update(request, context)
        } catch let error as RPCError where error.code == .invalidParameter {
            throw RPCError(.internalError, "\(failure): \(error.message)")
        }
    }
}
