// Stop and kill: how a container is made to end.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Sends a signal to a container's first process and tells about it. Errors: conflict when it isn't running.
    func signal(_ live: LiveContainer, _ signal: Int32, _ context: RPCContext) async throws {
        let record = try current(live)
        guard record.state.process != nil else { throw Self.notRunning(record.id) }
        let shim = try await shim(of: live)
        try await shim.signal(.init(signal: signal), context)
        tell("kill", record, ["signal": "\(signal)"])
        // A frozen process ends only once it is thawed.
        guard record.state.isPaused, signal == SignalName.kill || signal == stopSignal(of: record) else { return }
        try await shim.resume(context)
        noteResume(live.id)
    }

    func stopSignal(of record: ContainerRecord) -> Int32 {
        (try? SignalName.parse(record.config.stopSignal)) ?? SignalName.terminate
    }
}

/// Stops a container: its stop signal, a time to react, then KILL.
struct StopSequence: Sendable {
    static let standardTimeout = 10
    /// How long a killed container may take to end.
    private static let patience = Duration.seconds(12)

    let engine: ContainerEngine
    let live: LiveContainer
    let options: StopOptions

    /// Errors: notModified when it isn't running.
    func run() async throws {
        let record = try engine.current(live)
        guard record.state.process != nil else {
            throw RPCError(.notModified, "container \(record.id) is already stopped")
        }
        let signal = try options.signal.map { text throws(RPCError) in try SignalName.parse(text) } ?? engine.stopSignal(of: record)
        engine.store.update(live.id) { $0.wasStoppedByUser = true }
        try await end(record, signal)
        if let record = engine.store[live.id] { engine.tell("stop", record) }
    }

    private func end(_ record: ContainerRecord, _ signal: Int32) async throws {
        let exit = live.nextExit
        let timeout = options.timeout ?? record.config.stopTimeout ?? Self.standardTimeout
        guard isRunning else { return }
        if timeout != 0 {
            try await send(signal)
            if try await wait(exit, seconds: timeout) { return }
        }
        try await send(SignalName.kill)
        guard try await exit.value(within: Self.patience) != nil else {
            throw RPCError(
                .internalError,
                "container \(live.id) did not end although it was killed; a process of it may hang in the kernel: "
                    + "see 'docker top', then try again")
        }
    }

    private var isRunning: Bool { engine.store[live.id]?.state.process != nil }

    /// A container that has just ended by itself is as good as stopped.
    private func send(_ signal: Int32) async throws {
        do {
            try await engine.signal(live, signal, .fresh(timeout: Self.patience))
        } catch let error as RPCError where error.code == .conflict {
            return
        }
    }

    /// True when it has ended. A negative time waits for ever.
    private func wait(_ exit: Promise<ExitOutcome>, seconds: Int) async throws -> Bool {
        guard seconds > 0 else {
            _ = try await exit.value()
            return true
        }
        return try await exit.value(within: .seconds(seconds)) != nil
    }
}

/// Sends a signal that a user chose; KILL returns once the container has ended.
struct KillSequence: Sendable {
    private static let patience = Duration.seconds(12)

    let engine: ContainerEngine
    let live: LiveContainer
    let signalName: String?

    func run(_ context: RPCContext) async throws {
        let signal = try signalName.map { text throws(RPCError) in try SignalName.parse(text) } ?? SignalName.kill
        let record = try engine.current(live)
        let exit = live.nextExit
        do {
            if signal == SignalName.kill { engine.store.update(live.id) { $0.wasStoppedByUser = true } }
            try await engine.signal(live, signal, context)
        } catch let error as RPCError where error.code == .conflict {
            throw RPCError(.conflict, "cannot kill container: \(record.name): container \(record.id) is not running")
        }
        guard signal == SignalName.kill else { return }
        guard try await exit.value(within: Self.patience) != nil else {
            throw RPCError(
                .internalError, "cannot kill container: \(record.name): tried to kill container, but did not receive an exit event")
        }
    }
}
