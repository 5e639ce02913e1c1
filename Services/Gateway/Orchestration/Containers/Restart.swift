// Restart: stop, then start, with the writable layer and the settings kept.
import Contracts
import GatewayBackends
import GatewayState
import RPC

/// Restarts a container; one that doesn't run is started.
struct RestartSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    let options: StopOptions
    let context: RPCContext

    func run() async throws {
        live.beginRestart()
        defer { live.endRestart() }
        try await live.restartGate.enter {
            try await stop()
            try await start()
        }
        if let record = engine.store[live.id] { engine.tell("restart", record) }
    }

    private func stop() async throws {
        do {
            try await StopSequence(engine: engine, live: live, options: options, verb: .restart).run()
        } catch let error as RPCError where error.code == .notModified {
            // It doesn't run: there is nothing to stop.
        }
    }

    private func start() async throws {
        do {
            try await StartSequence(engine: engine, live: live, context: context).run()
        } catch let error as RPCError where error.code == .notModified {
            // Somebody else has started it meanwhile.
        } catch let error as RPCError {
            let name = engine.store[live.id]?.name ?? live.id
            throw RPCError(error.code, "Cannot restart container \(name): \(error.message)", details: error.details)
        }
    }
}
