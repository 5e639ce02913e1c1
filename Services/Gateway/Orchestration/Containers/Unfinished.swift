// What an earlier gateway had begun with a container that runs: it is seen through, however long that takes.
import GatewayState
import Logging
import RPC

extension ContainerEngine {
    /// The gateway ended while it changed the container's name, limits or ports: what is on record counts.
    func tellAgain(_ live: LiveContainer) async {
        await seeThrough("A container's changes could not be told again", live) {
            guard let record = self.store[live.id], record.state.isActive, record.state.isChanging == true else { return }
            try await self.shim(of: live).update(self.limits(of: record), .fresh())
            let sandbox = try await self.network.renameSandbox(container: record.id, to: record.name, .fresh())
            self.store.update(record.id) { state in
                if let sandbox { state.sandbox = sandbox }
            }
            if sandbox != nil { try await self.publishPorts(of: record, .fresh()) }
            self.store.update(record.id) { $0.isChanging = nil }
        }
    }

    /// The gateway ended while it had the container paused for a commit.
    func resumeAfterCommit(_ live: LiveContainer) async {
        await seeThrough("A container stays paused after a commit", live) {
            guard let state = self.store[live.id]?.state, state.isActive, state.isPausedForCommit == true else { return }
            do {
                // The shim tells of it, after the pause that it may still have to tell of.
                try await self.shim(of: live).resume(.fresh())
            } catch let error as RPCError where error.code == .conflict {
                // It wasn't paused yet, or isn't any more.
            }
            self.store.update(live.id) { $0.isPausedForCommit = nil }
        }
    }

    /// Does something under the container's gate; what fails is tried again in the background.
    private func seeThrough(_ complaint: Logger.Message, _ live: LiveContainer, _ body: @escaping @Sendable () async throws -> Void) async {
        @Sendable func isDone() async -> Bool {
            do {
                try await live.gate.enter(body)
                return true
            } catch {
                logger.warning(complaint, metadata: ["container": "\(live.id)", "error": "\(error)"])
                return false
            }
        }
        guard await !isDone() else { return }
        tasks.start {
            var delay = 1
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(delay))
                delay = min(delay * 2, 60)
                if await isDone() { return }
            }
        }
    }
}
