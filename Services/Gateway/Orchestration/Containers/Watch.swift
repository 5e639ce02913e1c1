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
    /// A watch that lasts this long was one; shorter ones in a row are paused after, ever longer.
    private static let steady = Duration.seconds(1)
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(5)

    let engine: ContainerEngine
    let live: LiveContainer

    func run(_ first: any ShimConnection) async {
        var shim = first
        var pause = Duration.zero
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            do {
                let known = engine.store[live.id]?.state.shimNotice ?? 0
                try await shim.watch(after: known) { await ShimNotices(engine: engine, live: live).handle($0) }
            } catch {
                engine.logger.debug("The watch of a container broke", metadata: ["container": "\(live.id)", "error": "\(error)"])
            }
            guard !Task.isCancelled, isActive else { return }
            await shim.close()
            live.forgetOwnNotices()
            let wasSteady = begin.duration(to: .now) >= Self.steady
            if !wasSteady { try? await Task.sleep(for: pause) }
            pause = wasSteady ? .zero : min(max(pause * 2, Self.firstPause), Self.longestPause)
            guard let next = await reachAgain() else {
                // Whoever is told to end reaches nobody any more.
                return Task.isCancelled ? () : await recover()
            }
            live.shim = next
            shim = next
        }
    }

    private var isActive: Bool { engine.store[live.id]?.state.isActive == true }

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
        let wasForced = live.forcedEnd != nil
        await ExitSequence(engine: engine, live: live).run(record)
        // After a forced end, nobody wants the restart that the container of a lost shim would get.
        guard !wasForced else { return }
        Revival(engine: engine).revive(live.id)
    }
}
