// Leave a network that is gone: a container's record forgets it.
import Contracts
import GatewayState
import Models
import RPC

/// Takes a network that isn't there any more out of a container's record, by the name that the record has for it.
struct LeaveGoneNetworkSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    let name: String
    let isForced: Bool
    /// That there is no such network: what the client gets otherwise.
    let refusal: RPCError

    func run() async throws {
        try await live.gate.enter {
            let record = try engine.current(live)
            guard record.definition.endpoints[name] != nil, isForced || !record.state.isActive else { throw refusal }
            try NetworkMembership(record: record).checkRemoval()
            try await engine.store.redefine(live.id) { $0.endpoints[name] = nil }
            engine.store.update(live.id) { $0.forgetNetwork(named: name) }
        }
    }
}
