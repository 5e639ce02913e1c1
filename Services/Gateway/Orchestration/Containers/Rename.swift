// Rename: the new name is taken before the old one is free.
import GatewayState
import RPC

/// Gives a container another name.
struct RenameSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    let newName: String

    /// Errors: conflict for a name in use; `invalidParameter` for what is no name, or the same one.
    func run() async throws {
        guard !newName.isEmpty else { throw RPCError(.invalidParameter, "Neither old nor new names may be empty") }
        try await live.gate.enter { try await rename() }
    }

    private func rename() async throws {
        let record = try engine.current(live)
        let old = record.name
        guard try ContainerName.parse(newName) != old else {
            throw RPCError(.invalidParameter, "Renaming a container with the same name as its current name")
        }
        guard record.state.isActive else { return try await rename(from: old) }
        try await engine.changing(live) { try await rename(from: old) }
    }

    private func rename(from old: String) async throws {
        let (engine, live) = (engine, live)
        let reservation = NameReservation(engine.store, id: live.id)
        let renamed = try await StepSequence.run(spans: live.spans, logger: engine.logger) { sequence in
            let name = try await sequence.step("gateway.rename.reserve", undo: { reservation.release() }) {
                do throws(RPCError) {
                    return try reservation.reserve(newName)
                } catch {
                    throw RPCError(error.code, "Error when allocating new name: \(error.message)", details: error.details)
                }
            }
            try await sequence.step("gateway.rename.network", in: .network, undo: { try await tellNetwork(old) }) {
                try await tellNetwork(name)
            }
            return try await sequence.step("gateway.rename.commit") {
                try await engine.store.redefine(live.id) { $0.name = name }
            }
        }
        if let renamed { engine.tell("rename", renamed, ["oldName": "/\(old)"]) }
    }

    /// A container that runs is found by its new name at once.
    private func tellNetwork(_ name: String) async throws {
        guard engine.store[live.id]?.state.isActive == true else { return }
        guard let sandbox = try await engine.network.renameSandbox(container: live.id, to: name, .fresh()) else { return }
        engine.store.update(live.id) { $0.sandbox = sandbox }
    }
}
