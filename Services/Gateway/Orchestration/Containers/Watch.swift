// Follows every running container, so that no end of one is missed.
import Contracts
import GatewayState
import Logging
import RPC

extension ContainerEngine {
    /// Follows a container in the background until it has ended.
    func watch(_ live: LiveContainer, _ shim: any ShimConnection) {
        tasks.start { await ShimWatch(engine: self, live: live).run(shim) }
    }
}

/// Turns what a shim tells into records and events. A lost connection is made again; a lost shim is recovered from.
struct ShimWatch: Sendable {
    /// Waits between attempts to reach a shim again, in milliseconds; after the last one it counts as lost.
    private static let delays = [0, 50, 200, 1000]

    let engine: ContainerEngine
    let live: LiveContainer

    func run(_ first: any ShimConnection) async {
        var shim = first
        while !Task.isCancelled {
            do {
                try await shim.watch { await handle($0) }
            } catch {
                engine.logger.debug("The watch of a container broke", metadata: ["container": "\(live.id)", "error": "\(error)"])
            }
            guard !Task.isCancelled, isRunning else { return }
            await shim.close()
            guard let next = await reachAgain() else { return await recover() }
            live.shim = next
            shim = next
        }
    }

    private var isRunning: Bool { engine.store[live.id]?.state.process != nil }

    private func reachAgain() async -> (any ShimConnection)? {
        for delay in Self.delays {
            try? await Task.sleep(for: .milliseconds(delay))
            if let shim = try? await engine.shims.reach(live.id) { return shim }
        }
        return nil
    }

    private func recover() async {
        live.shim = nil
        let record = await Recovery(engine: engine).exitRecord(of: live.id)
        await ExitSequence(engine: engine, live: live).run(record)
    }

    private func handle(_ event: ShimEvent) async {
        switch event {
        case .started: break
        case .paused: engine.notePause(live.id)
        case .resumed: engine.noteResume(live.id)
        case .outOfMemory: noteOutOfMemory()
        case .execStarted: break
        case .execExited(let id, let code): engine.noteExecExit(id, exitCode: code)
        case .exited(let record): await ExitSequence(engine: engine, live: live).run(record)
        }
    }

    private func noteOutOfMemory() {
        guard let record = engine.store.update(live.id, { $0.runOutOfMemory() }) else { return }
        engine.tell("oom", record)
    }
}
