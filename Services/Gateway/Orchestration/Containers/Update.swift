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
        FixedField.check(change, &report)
        ResourceCheck(hostConfig: change, facts: engine.facts, isUpdate: true).check(&report)
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
        let hostConfig = updated.hostConfig
        if record.state.isActive {
            try await engine.changing(live) {
                FaultPoint.reach("gateway.update.marked")
                try await tellShim(updated, failure)
                FaultPoint.reach("gateway.update.shim")
                try await engine.store.redefine(live.id) { $0.hostConfig = hostConfig }
            }
        } else {
            try await engine.store.redefine(live.id) { $0.hostConfig = hostConfig }
        }
        FaultPoint.reach("gateway.update.commit")
        if let record = engine.store[live.id] { engine.tell("update", record) }
    }

    private func tellShim(_ updated: ContainerRecord, _ failure: String) async throws {
        do {
            try await engine.shim(of: live).update(engine.limits(of: updated), context)
        } catch let error as RPCError where error.code == .invalidParameter {
            throw RPCError(.internalError, "\(failure): \(error.message)")
        }
    }
}

extension ContainerEngine {
    /// What a shim is told of a container's limits.
    func limits(of record: ContainerRecord) -> UpdateContainer.Request {
        let builder = SpecificationBuilder(record: record, cgroupParent: configuration.cgroupParent)
        return UpdateContainer.Request(cgroup: builder.cgroup(), restart: SupervisionBuilder.rule(record.hostConfig.restartPolicy))
    }

    /// Runs `body`, which tells others what isn't on record yet. If the gateway ends half-way, they are told again what is.
    func changing<T>(_ live: LiveContainer, _ body: () async throws -> T) async throws -> T {
        try await store.updateDurably(live.id) { $0.isChanging = true }
        defer { store.update(live.id) { $0.isChanging = nil } }
        return try await body()
    }
}
