// Disconnect: a container leaves a network.
import Contracts
import GatewayState
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
        try membership.check(network)
        let endpoints = record.state.sandbox?.endpoints.filter { $0.networkID == network.id } ?? []
        let key = membership.key(of: network)
        guard key != nil || !endpoints.isEmpty else {
            throw RPCError(.conflict, "container \(record.id) is not connected to network \(network.name)")
        }
        if let key { try await engine.store.redefine(live.id) { $0.endpoints[key] = nil } }
        FaultPoint.reach("gateway.disconnect.recorded")
        guard record.state.isActive else { return }
        let sandbox = try await engine.actions.time(.network, "disconnect") {
            try await engine.network.disconnectEndpoint(container: live.id, network: network.id, context)
        }
        engine.store.update(live.id) { $0.sandbox = sandbox }
        FaultPoint.reach("gateway.disconnect.left")
        engine.tellNetworks("disconnect", record, endpoints)
    }
}
