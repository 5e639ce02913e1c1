// Disconnect: a container leaves a network.
import Contracts
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

/// Takes a container off a network.
struct DisconnectSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    let network: NetworkRecord
    let context: RPCContext

    func run() async throws {
        try await live.gate.enter { try await disconnect() }
    }

    /// The record first: from then on a crash is followed by the rest at the next start.
    private func disconnect() async throws {
        let record = try engine.current(live)
        let membership = NetworkMembership(record: record)
        try membership.checkLeaving(network)
        let endpoints = record.state.sandbox?.endpoints.filter { $0.networkID == network.id } ?? []
        let key = membership.key(of: network)
        guard key != nil || !endpoints.isEmpty else {
            throw RPCError(.conflict, "container \(record.id) is not connected to network \(network.name)")
        }
        if let key { try await engine.store.redefine(live.id) { $0.endpoints[key] = nil } }
        engine.store.update(live.id) { $0.forgetNetwork(named: network.name) }
        FaultPoint.reach("gateway.disconnect.recorded")
        guard record.state.isActive else { return }
        let sandbox = try await engine.actions.time(.network, "disconnect") {
            try await engine.network.disconnectEndpoint(container: live.id, network: network.id, context)
        }
        engine.store.update(live.id) { $0.sandbox = sandbox }
        FaultPoint.reach("gateway.disconnect.left")
        engine.tellNetworks("disconnect", record, endpoints)
        await publishAgain(sandbox)
    }

    /// Ports that had no way in while the container left by a network without one have one again. The container has left in any case.
    private func publishAgain(_ sandbox: SandboxRecord?) async {
        guard let sandbox, sandbox.ports.isEmpty, !sandbox.endpoints.isEmpty, let record = engine.store[live.id] else { return }
        guard !SandboxRequestBuilder(record: record).ports.isEmpty else { return }
        do {
            try await engine.changing(live) { try await engine.publishPorts(of: record, context) }
        } catch {
            engine.logger.error("A container's ports can't be published again", metadata: ["container": "\(live.id)", "error": "\(error)"])
        }
    }
}
