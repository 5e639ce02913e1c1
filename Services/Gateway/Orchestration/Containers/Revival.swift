// Starts containers again whose shim can't: those that a reboot of the host ended, and those whose shim was lost.
import Contracts
import GatewayState
import Glibc
import Logging
import Models
import RPC

struct Revival: Sendable {
    private static let firstDelay = Duration.milliseconds(100)
    private static let longestDelay = Duration.seconds(60)
    /// How long a container may wait for one whose namespaces it shares.
    private static let patienceWithOthers = 50

    let engine: ContainerEngine

    /// After a boot: every container that its policy wants to run. `before` is what the records said when the engine started.
    func run(_ before: [ContainerRecord]) {
        let boot = Self.bootID()
        let isBoot = engine.store.lastBoot != nil && engine.store.lastBoot != boot
        for record in before {
            let isLost = record.state.isActive && engine.store[record.id]?.state.phase == .exited && live(record.id).shim == nil
            if isLost || (isBoot && isWanted(record)) { revive(record.id) }
        }
        engine.store.setBoot(boot)
    }

    private func live(_ id: String) -> LiveContainer { engine.live[id] }

    /// `always` knows no exception; `unless-stopped` knows one.
    private func isWanted(_ record: ContainerRecord) -> Bool {
        let rule = SupervisionBuilder.rule(record.hostConfig.restartPolicy)
        guard record.state.startedAt > 0, record.state.phase == .exited else { return false }
        return rule.kind == .always || (rule.kind == .unlessStopped && !record.state.wasStoppedByUser)
    }

    /// Starts a container in the background if its policy wants that. Services that aren't there yet are waited for.
    func revive(_ id: String) {
        guard let record = engine.store[id], record.state.phase == .exited else { return }
        guard !record.state.wasStoppedByUser || isWanted(record) else { return }
        let rule = SupervisionBuilder.rule(record.hostConfig.restartPolicy)
        guard rule.applies(exitCode: record.state.exitCode, restarts: Int32(clamping: record.state.restartCount)) else { return }
        engine.tasks.start { await start(id) }
    }

    private func start(_ id: String) async {
        var delay = Self.firstDelay
        var attempts = 0
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: delay)
                guard engine.store[id]?.state.phase == .exited else { return }
                return try await StartSequence(engine: engine, live: live(id), context: .fresh()).run()
            } catch let error as RPCError where Self.mayPass(error, attempts) {
                attempts += 1
                delay = error.code == .conflict ? Self.firstDelay : min(delay * 2, Self.longestDelay)
            } catch {
                return engine.logger.warning(
                    "A container could not be started again", metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
    }

    /// A service that isn't there comes back; a container to share with may still be on its way up.
    private static func mayPass(_ error: RPCError, _ attempts: Int) -> Bool {
        error.code == .unavailable || error.code == .deadlineExceeded || (error.code == .conflict && attempts < patienceWithOthers)
    }

    /// What the kernel calls this boot of the host.
    static func bootID() -> String {
        var buffer = [UInt8](repeating: 0, count: 64)
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        let count = max(0, read(descriptor, &buffer, buffer.count))
        return String(decoding: buffer[..<count].filter { $0 > 32 }, as: UTF8.self)
    }
}
