// Stop and kill: how a container is made to end.
import Contracts
import GatewayBackends
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

extension ContainerEngine {
    /// An attribute of `kill` events that tells why a container won't end of it.
    static let unheeded = "berth.unheeded"

    /// How long who wants a container to end waits for a start of it that is under way.
    static let patienceWithStarts = Duration.seconds(30)

    /// The record as it is once a start that is under way has come to its end: what is asked then is meant for what it has started.
    /// Errors: notFound; deadlineExceeded when the start takes too long.
    func currentAfterStart(_ live: LiveContainer, within patience: Duration = patienceWithStarts) async throws -> ContainerRecord {
        let record = try current(live)
        guard !record.state.isActive else { return record }
        guard await live.starts.hasSettled(within: patience) else {
            throw RPCError(.deadlineExceeded, "container \(record.id) is still being started; try again")
        }
        return try current(live)
    }

    /// Like `signal`, for callers that want the container to end: one that has just ended by itself is as good as stopped.
    func signalUnlessEnded(_ live: LiveContainer, _ signal: Int32, end: EndRequest, _ context: RPCContext) async throws {
        do {
            try await self.signal(live, signal, end: end, context)
        } catch let error as RPCError where error.code == .conflict {
            return
        }
    }

    /// Sends a signal to a container's first process and tells about it. Errors: conflict when it isn't running.
    /// - Parameter end: who wants it to end; nil when it isn't to end, or to go on being restarted.
    func signal(_ live: LiveContainer, _ signal: Int32, end: EndRequest?, _ context: RPCContext) async throws {
        let record = try current(live)
        guard record.state.isActive else { throw Self.notRunning(record.id) }
        var context = context
        if signal == SignalName.kill, end != nil { context.timeoutNanoseconds = ForcedEnd.patience.clampedNanoseconds }
        try await live.signals.whileUnderWay {
            var attributes = ["signal": "\(signal)"]
            do {
                let response = try await shim(of: live).signal(.init(signal: signal, end: end), context)
                if response.isUnheeded == true { attributes[Self.unheeded] = "PID 1 ignores the signal or has no handler for it" }
            } catch let error as RPCError where [.deadlineExceeded, .unavailable].contains(error.code) && signal == SignalName.kill {
                guard let end else { throw error }
                try await ForcedEnd(engine: self, live: live).run(end)
            }
            if record.state.process != nil { tell("kill", record, attributes) }
        }
        guard record.state.process != nil else { return }
        // A frozen process ends only once it is thawed.
        guard record.state.isPaused, signal == SignalName.kill || signal == stopSignal(of: record) else { return }
        do {
            try await shim(of: live).resume(context)
            noteResume(live.id)
        } catch let error as RPCError where error.code == .conflict {
            // The kernel lets a killed process leave a frozen group: it has ended already.
        }
    }

    /// True once the container has ended for good, and that has been told; false when it hasn't in time.
    /// Without a time, it is waited for as long as it takes.
    func hasEnded(_ live: LiveContainer, within patience: Duration?) async throws -> Bool {
        guard try await hasStopped(live, within: patience) else { return false }
        await live.ends.settle(within: LiveContainer.patience)
        return true
    }

    private func hasStopped(_ live: LiveContainer, within patience: Duration?) async throws -> Bool {
        let deadline = patience.map { ContinuousClock.now + $0 }
        while true {
            let exit = live.nextExit
            guard store[live.id]?.state.isActive == true else { return true }
            guard let deadline else {
                _ = try await exit.value()
                continue
            }
            let left = deadline - ContinuousClock.now
            guard left > .zero, try await exit.value(within: left) != nil else { return store[live.id]?.state.isActive != true }
        }
    }

    func stopSignal(of record: ContainerRecord) -> Int32 {
        (try? SignalName.parse(record.config.stopSignal)) ?? SignalName.terminate
    }
}

/// Stops a container: its stop signal, a time to react, then KILL.
struct StopSequence: Sendable {
    /// How long a killed container may take to end.
    private static let patience = Duration.seconds(12)
    /// Seconds beyond which a time to react is no limit; clocks can't add much more.
    private static let longestTimeout = 1_000_000_000

    let engine: ContainerEngine
    let live: LiveContainer
    let options: StopOptions
    var verb = EndRequest.Verb.stop

    /// Errors: notModified when it isn't running.
    func run() async throws {
        // Before the look at starts: one that the engine makes by itself from now on finds that it isn't wanted.
        let wasAboutToStart = verb == .stop && live.endRevival()
        let record = try await engine.currentAfterStart(live)
        guard record.state.isActive else {
            if wasAboutToStart { engine.store.update(live.id) { $0.wasStoppedByUser = true } }
            throw RPCError(.notModified, "container \(record.id) is already stopped")
        }
        let signal = try options.signal.map { text throws(RPCError) in try SignalName.parse(text) } ?? engine.stopSignal(of: record)
        engine.store.update(live.id) { $0.wasStoppedByUser = true }
        FaultPoint.reach("gateway.stop.marked")
        try await end(record, signal)
        FaultPoint.reach("gateway.stop.ended")
        if let record = engine.store[live.id] { engine.tell("stop", record) }
    }

    private func end(_ record: ContainerRecord, _ signal: Int32) async throws {
        let wanted = options.timeout ?? record.config.stopTimeout ?? engine.configuration.containers.stopTimeout
        let timeout = wanted > Self.longestTimeout ? -1 : wanted
        guard isRunning else { return }
        if timeout != 0 {
            let deadline = ContinuousClock.now + .seconds(timeout)
            try await sendStop(signal, timeout)
            FaultPoint.reach("gateway.stop.signalled")
            if try await engine.hasEnded(live, within: timeout > 0 ? deadline - .now : nil) { return }
        }
        try await send(SignalName.kill, EndRequest(verb, isTimeout: timeout != 0))
        guard try await engine.hasEnded(live, within: Self.patience) else {
            throw RPCError(
                .internalError,
                "container \(live.id) did not end although it was killed; a process of it may hang in the kernel: "
                    + "see 'docker top', then try again")
        }
    }

    private var isRunning: Bool { engine.store[live.id]?.state.isActive == true }

    /// A shim that doesn't answer may still do so within the time that the container has: it has the signal then.
    private func sendStop(_ signal: Int32, _ timeout: Int) async throws {
        guard timeout > 0, timeout < Self.patience.components.seconds else { return try await send(signal, EndRequest(verb)) }
        do {
            try await engine.signalUnlessEnded(live, signal, end: EndRequest(verb), .fresh(timeout: .seconds(timeout)))
        } catch let error as RPCError where [.deadlineExceeded, .unavailable].contains(error.code) {
            engine.logger.warning("A shim doesn't answer", metadata: ["container": "\(live.id)"])
        }
    }

    private func send(_ signal: Int32, _ end: EndRequest) async throws {
        try await engine.signalUnlessEnded(live, signal, end: end, .fresh(timeout: Self.patience))
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
        let record = try await engine.currentAfterStart(live)
        do {
            // As with dockerd: a signal is meant to end the container, unless it has a stop signal of its own and this is another.
            let ends = record.config.stopSignal.isEmpty || signal == SignalName.kill || signal == engine.stopSignal(of: record)
            if ends, record.state.isActive { engine.store.update(live.id) { $0.wasStoppedByUser = true } }
            try await engine.signal(live, signal, end: ends ? EndRequest(.kill) : nil, context)
        } catch let error as RPCError where error.code == .conflict {
            throw ContainerEngine.notRunning(record.id)
        }
        guard signal == SignalName.kill else { return }
        guard try await engine.hasEnded(live, within: Self.patience) else {
            throw RPCError(.internalError, "tried to kill container, but did not receive an exit event")
        }
    }
}
