// Update: other limits, another restart policy and other published ports, at once and for good.
import Contracts
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

struct UpdateSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    /// The change. Only limits, the restart policy and, unless nil, published ports count.
    let change: HostConfig
    let context: RPCContext

    /// Errors: `invalidParameter` for limits that make no sense; conflict with what is set, or when the container is going.
    func run() async throws -> ContainerUpdateResponse {
        var report = SettingsReport()
        UnsupportedField.check(change, &report)
        FixedField.check(change, &report)
        ResourceCheck(hostConfig: change, facts: engine.facts, isUpdate: true).check(&report)
        CreateCheck.checkRestartPolicy(change, &report)
        try checkPorts(&report)
        try report.throwFaults()
        try await live.gate.enter { try await apply() }
        return ContainerUpdateResponse(warnings: report.warnings)
    }

    private func checkPorts(_ report: inout SettingsReport) throws {
        guard let ports = change.portBindings else { return }
        NetworkCheck.check(ports: ports, &report)
        var ported = HostConfig()
        (ported.portBindings, ported.networkMode) = (ports, try engine.current(live).hostConfig.networkMode)
        NetworkCheck(config: ContainerConfig(), hostConfig: ported, endpoints: [:]).checkMode(&report)
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
        if let ports = change.portBindings { updated.definition.hostConfig.portBindings = ports }
        let hostConfig = updated.hostConfig
        if record.state.isActive {
            try await engine.changing(live) {
                FaultPoint.reach("gateway.update.marked")
                try await tellServices(record, updated, failure)
                FaultPoint.reach("gateway.update.shim")
                try await engine.store.redefine(live.id) { $0.hostConfig = hostConfig }
            }
        } else {
            try await engine.store.redefine(live.id) { $0.hostConfig = hostConfig }
        }
        FaultPoint.reach("gateway.update.commit")
        if let record = engine.store[live.id] { engine.tell("update", record) }
    }

    /// The ports first: they may be somebody else's.
    private func tellServices(_ record: ContainerRecord, _ updated: ContainerRecord, _ failure: String) async throws {
        guard change.portBindings != nil else { return try await tellShim(updated, failure) }
        do {
            try await engine.publishPorts(of: updated, context)
            FaultPoint.reach("gateway.update.published")
            try await tellShim(updated, failure)
        } catch let error as RPCError where error.code == .conflict {
            throw error
        } catch {
            // Nobody knows how far it got.
            engine.publishAgain(live)
            throw error
        }
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

    /// Has a running container's ports be those of its record. Errors: conflict, with the owner, for a port in use.
    func publishPorts(of record: ContainerRecord, _ context: RPCContext) async throws {
        let builder = SandboxRequestBuilder(record: record)
        guard builder.joinsNetworks else { return }
        let sandbox = try await namingPortOwners(context) {
            try await network.publishPorts(builder.ports, container: record.id, context)
        }
        store.update(record.id) { $0.sandbox = sandbox }
    }

    /// Publishes the ports in the background, as they are on record then.
    func publishAgain(_ live: LiveContainer) {
        tasks.start { [self] in
            do {
                try await live.gate.enter {
                    guard let record = store[live.id], record.state.isActive else { return }
                    try await publishPorts(of: record, .fresh())
                }
            } catch {
                logger.error(
                    "A container's ports may not be those of its record", metadata: ["container": "\(live.id)", "error": "\(error)"])
            }
        }
    }

    /// Runs `body`, which tells others what isn't on record yet. If the gateway ends half-way, they are told again what is.
    func changing<T>(_ live: LiveContainer, _ body: () async throws -> T) async throws -> T {
        try await store.updateDurably(live.id) { $0.isChanging = true }
        defer { store.update(live.id) { $0.isChanging = nil } }
        return try await body()
    }
}
