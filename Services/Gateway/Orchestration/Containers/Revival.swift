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
    /// For how long after a boot whatever keeps a container from its start may pass: addresses, devices and file systems come late.
    private static let patienceAfterBoot = Duration.seconds(300)
    private static let longestDelayAfterBoot = Duration.seconds(5)
    /// Attempts that may fail because a container whose namespaces are shared doesn't run yet.
    private static let attemptsWithOthers = 50

    let engine: ContainerEngine

    /// How long a container waits for what it depends on; then it is started all the same.
    private static let patience = Duration.seconds(120)
    private static let look = Duration.milliseconds(100)

    /// Starts, after a boot, every container that its policy wants to run. `before` is what the records said when the engine started. What
    /// others depend on is started first, and few at a time.
    func run(_ before: [ContainerRecord]) {
        let boot = Self.bootID()
        let isBoot = engine.store.lastBoot != nil && engine.store.lastBoot != boot
        let due = before.filter { record in
            let isLost = record.state.isActive && hasEnded(record, isBoot) && live(record.id).shim == nil
            return (isLost || (isBoot && isWanted(record))) && isDue(record.id)
        }
        // As they are now: what becomes of them from here on is somebody's wish.
        startInOrder(due.compactMap { engine.store[$0.id] }, until: isBoot ? ContinuousClock.now + Self.patienceAfterBoot : nil)
        engine.store.setBoot(boot)
    }

    /// Requests are served already: it may have been stopped by one. A signal such as HUP counts as a stop, too, as it does for dockerd,
    /// but isn't what has ended it when the host went down.
    private func hasEnded(_ before: ContainerRecord, _ isBoot: Bool) -> Bool {
        guard let state = engine.store[before.id]?.state, state.phase == .exited else { return false }
        return !state.wasStoppedByUser || (isBoot && before.state.wasStoppedByUser)
    }

    private func startInOrder(_ records: [ContainerRecord], until late: ContinuousClock.Instant?) {
        let order = RevivalOrder(records)
        let attempts = Dictionary(uniqueKeysWithValues: records.map { ($0.id, Promise<Void>()) })
        let lanes = (0..<max(2, engine.facts.cpuCount)).map { _ in Gate() }
        for (index, record) in records.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }).enumerated() {
            let lane = lanes[index % lanes.count]
            live(record.id).beginRevival()
            engine.tasks.start {
                let deadline = ContinuousClock.now + Self.patience
                for dependency in order.dependencies(of: record.id) {
                    await wait(for: dependency, attempts[dependency.id], dependent: record.id, until: deadline)
                }
                await start(record, lane, until: late)
                attempts[record.id]?.resolve(())
            }
        }
    }

    private func wait(
        for dependency: RevivalOrder.Dependency, _ attempt: Promise<Void>?, dependent: String, until deadline: ContinuousClock.Instant
    ) async {
        do {
            _ = try await attempt?.value(within: ContinuousClock.now.duration(to: deadline))
            while !isMet(dependency) {
                guard ContinuousClock.now < deadline else {
                    return engine.logger.warning(
                        "A container is started though what it depends on isn't ready",
                        metadata: ["container": "\(dependent)", "dependency": "\(dependency.id)"])
                }
                try await Task.sleep(for: Self.look)
            }
        } catch {
            // The engine is ending; the start will find that out too.
        }
    }

    /// Nothing more is waited for from one that can't come up to it any more.
    private func isMet(_ dependency: RevivalOrder.Dependency) -> Bool {
        guard let state = engine.store[dependency.id]?.state, state.isActive else { return true }
        switch dependency.condition {
        case .started: return true
        case .healthy: return state.health.map { $0.status != .starting } ?? true
        case .completed: return false
        }
    }

    private func live(_ id: String) -> LiveContainer { engine.live[id] }

    /// `always` knows no exception, the others one; whether it failed is looked at later.
    private func isWanted(_ record: ContainerRecord) -> Bool {
        guard record.state.startedAt > 0, record.state.phase == .exited else { return false }
        switch SupervisionBuilder.rule(record.hostConfig.restartPolicy).kind {
        case .no: return false
        case .always: return true
        case .unlessStopped, .onFailure: return !record.state.wasStoppedByUser
        }
    }

    /// Whether its policy wants it to run.
    private func isDue(_ id: String) -> Bool {
        guard let record = engine.store[id], record.state.phase == .exited else { return false }
        guard !record.state.wasStoppedByUser || isWanted(record) else { return false }
        let rule = SupervisionBuilder.rule(record.hostConfig.restartPolicy)
        return rule.applies(exitCode: record.state.exitCode, restarts: Int32(clamping: record.state.restartCount))
    }

    /// Starts a container in the background if its policy wants that. Services that aren't there yet are waited for.
    func revive(_ id: String) {
        guard isDue(id), let record = engine.store[id] else { return }
        live(id).beginRevival()
        engine.tasks.start { await start(record, Gate()) }
    }

    /// Each attempt is made in `lane`, one after the other with those of other containers.
    /// - Parameter before: the container as it was when it was found to be due.
    /// - Parameter late: until when every failure may pass.
    private func start(_ before: ContainerRecord, _ lane: Gate, until late: ContinuousClock.Instant? = nil) async {
        let id = before.id
        defer { if engine.store[id] != nil { live(id).endRevival() } }
        var delay = Self.firstDelay
        var attempts = 0
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: delay)
                guard isStillWanted(before) else { return }
                return try await lane.enter { try await startIfWanted(before) }
            } catch let error as RPCError where Self.mayPass(error, attempts, until: late) {
                attempts += 1
                delay = Self.delay(after: delay, error, attempts, isEarly: late.map { ContinuousClock.now < $0 } ?? false)
            } catch {
                return engine.logger.warning(
                    "A container could not be started again", metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
    }

    private func startIfWanted(_ before: ContainerRecord) async throws {
        let live = live(before.id)
        try await live.whileStarting {
            guard isStillWanted(before) else { return }
            try await StartSequence(engine: engine, live: live, context: .fresh()).runGated()
        }
    }

    /// False once somebody has stopped or started it meanwhile, or wants it to stay as it is.
    private func isStillWanted(_ before: ContainerRecord) -> Bool {
        guard let record = engine.store[before.id], record.state.phase == .exited, live(before.id).isReviving else { return false }
        return record.state.startedAt == before.state.startedAt && record.state.wasStoppedByUser == before.state.wasStoppedByUser
            && SupervisionBuilder.rule(record.hostConfig.restartPolicy).kind != .no
    }

    /// A service that isn't there comes back; a container to share with may still be on its way up.
    private static func mayPass(_ error: RPCError, _ attempts: Int, until late: ContinuousClock.Instant?) -> Bool {
        if let late, ContinuousClock.now < late { return error.code != .notModified }
        return error.code == .unavailable || error.code == .deadlineExceeded
            || (error.code == .conflict && attempts < attemptsWithOthers)
    }

    private static func delay(after delay: Duration, _ error: RPCError, _ attempts: Int, isEarly: Bool) -> Duration {
        if error.code == .conflict, attempts < attemptsWithOthers { return firstDelay }
        return min(delay * 2, isEarly ? longestDelayAfterBoot : longestDelay)
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
