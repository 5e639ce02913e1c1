// The container's first process: start, signals, pause, and its end.
import ContainerLog
import Contracts
import Glibc
import Linux
import RPC

extension Shim {
    func start(_ request: StartContainer.Request) throws(RPCError) -> RunningContainer {
        let container = try requireContainer()
        let spec = request.spec
        guard spec.id == container.id, spec.process.terminal == container.request.terminal else {
            throw RPCError(.invalidParameter, "The container to start is not the one this shim was given.")
        }
        try lifecycle.beginStart(container.id)
        removeStaleExitRecord(container)
        supervision = Supervision(request)
        do throws(RuntimeFailure) {
            return try run(spec, container)
        } catch {
            lifecycle.startFailed()
            supervision = nil
            throw error.rpcError
        }
    }

    /// Begins a run: the first, or one after another.
    func run(_ spec: ContainerSpec, _ container: AdoptedContainer) throws(RuntimeFailure) -> RunningContainer {
        began(try launch(spec, container))
    }

    /// The container's process runs from here on.
    func began(_ runtime: ContainerRuntime) -> RunningContainer {
        self.runtime = runtime
        let running = RunningContainer(pid: runtime.process.pid, startedAt: WallClock.nanoseconds)
        supervision?.startedAt = loop.now
        lifecycle.started(running)
        watchMemory(runtime)
        broadcast(.started(running))
        beginHealth()
        if isGoingDown { stopForShutdown() }
        return running
    }

    /// The record of an earlier run must not be taken for this one's.
    func removeStaleExitRecord(_ container: AdoptedContainer) { unlink(container.layout.exitRecord(container.id)) }

    private func launch(_ spec: ContainerSpec, _ container: AdoptedContainer) throws(RuntimeFailure) -> ContainerRuntime {
        let wish = ProcessPipes.Wish(stdin: container.request.openStdin, stdout: true, stderr: true)
        let host = host
        let (runtime, ends) = try ProcessStart.run(isTerminal: spec.process.terminal, wish) { stdio throws(RuntimeFailure) in
            let runtime = try ContainerRuntime.start(spec, stdio: stdio, on: host)
            return (runtime, runtime.process)
        } undo: {
            $0.removeCgroup()
            close($0.process.pidfd)
        }
        container.streams.connect(ends)
        return runtime
    }

    private func watchMemory(_ runtime: ContainerRuntime) {
        outOfMemoryKills = 0
        guard let descriptor = runtime.outOfMemoryDescriptor else { return }
        try? loop.add(descriptor, .readable) { [unowned self] _ in checkMemory() }
    }

    /// Tells of processes that the kernel killed for lack of memory.
    private func checkMemory() {
        let kills = runtime?.outOfMemoryKills() ?? 0
        guard kills > outOfMemoryKills else { return }
        outOfMemoryKills = kills
        broadcast(.outOfMemory)
    }

    func inspect() throws(RPCError) -> InspectShim.Response {
        let phase = try lifecycle.phase()
        let container = try requireContainer()
        return InspectShim.Response(
            containerID: container.id, shimPID: getpid(), version: ShimVersion.current, phase: phase, execs: execs.states,
            attachedClients: container.streams.clients.count, outputBytes: container.streams.outputBytes,
            droppedLogLines: (container.log?.droppedLines ?? 0) + (container.remoteLog?.droppedMessages ?? 0),
            restartCount: supervision?.schedule.count,
            supervision: supervision?.rules, health: supervision?.health?.report, lastNotice: history.last,
            joinedClients: container.joinedClients)
    }

    func listProcesses() throws(RPCError) -> ListProcesses.Response {
        _ = try lifecycle.requireLive(container?.id ?? "")
        return ListProcesses.Response(pids: runtime?.processes() ?? [])
    }
}

/// Signals, pause and size.
extension Shim {
    func signal(_ request: SignalContainer.Request) throws(RPCError) -> SignalContainer.Response {
        guard (1...64).contains(request.signal) else { throw RPCError(.invalidParameter, "Invalid signal: \(request.signal)") }
        if let end = request.end, request.execID == nil {
            supervision?.schedule.end()
            supervision?.end = end
            let ending = [SIGKILL, supervision?.rules.stop.signal ?? SIGTERM]
            if end.verb != .kill || ending.contains(request.signal) { supervision?.isAskedToEnd = true }
            if giveUpRestart() { return .init() }
        }
        let live = try lifecycle.requireLive(container?.id ?? "")
        var response = SignalContainer.Response()
        if let execID = request.execID {
            try send(request.signal, to: try execs.pid(of: execID))
        } else if request.all {
            runtime?.signalAll(request.signal)
        } else {
            response.isUnheeded = request.end != nil && isDeaf(to: request.signal, live.pid) ? true : nil
            try send(response.isUnheeded == true ? sentInstead(of: request.signal, request.end) : request.signal, to: live.pid)
        }
        // A frozen process can't die: killing a paused container thaws it.
        if request.signal == SIGKILL, request.execID == nil, case .paused = lifecycle { _ = try resume() }
        return response
    }

    /// The process isn't reaped yet, so its number is still its own.
    private func send(_ signal: Int32, to pid: Int32) throws(RPCError) {
        guard kill(pid, signal) == 0 || errno == ESRCH else { throw SystemFailure.error("kill", String(pid)) }
    }

    func pause() throws(RPCError) -> RPCNothing {
        try requireNoCheckpoint(container?.id ?? "")
        var paused = lifecycle
        try paused.pause(container?.id ?? "")
        try attempt { runtime throws(RuntimeFailure) in try runtime.freeze() }
        lifecycle = paused
        suspendHealth()
        broadcast(.paused)
        return RPCNothing()
    }

    func resume() throws(RPCError) -> RPCNothing {
        var resumed = lifecycle
        try resumed.resume(container?.id ?? "")
        try attempt { runtime throws(RuntimeFailure) in try runtime.thaw() }
        lifecycle = resumed
        scheduleProbe()
        broadcast(.resumed)
        return RPCNothing()
    }

    private func attempt(_ action: (ContainerRuntime) throws(RuntimeFailure) -> Void) throws(RPCError) {
        guard let runtime else { throw ContainerLifecycle.noContainer }
        do throws(RuntimeFailure) { try action(runtime) } catch {
            var failure = error.rpcError
            failure.code = .internalError
            throw failure
        }
    }

    func resize(_ request: ResizeTerminal.Request) throws(RPCError) -> RPCNothing {
        _ = try lifecycle.requireLive(container?.id ?? "")
        let streams = try request.execID.map { id throws(RPCError) in execSessions[try execs.pid(of: id)]?.streams } ?? container?.streams
        let result = streams?.resize(request.size) ?? -ENOTTY
        if result == -ENOTTY { throw RPCError(.conflict, "The process has no terminal to resize.") }
        guard result == 0 else { throw SystemFailure.error("resize", "the terminal", code: -result) }
        return RPCNothing()
    }
}

/// The end.
extension Shim {
    func containerEnded(_ status: ExitStatus) {
        guard let running = lifecycle.processEnded(status), let container else { return }
        let finishedAt = WallClock.nanoseconds
        suspendHealth()
        supervision?.health?.stop()
        if let timer = supervision?.stopTimer { loop.cancel(timer) }
        checkMemory()
        let cause = cause(of: status)
        if let descriptor = runtime?.outOfMemoryDescriptor { loop.remove(descriptor) }
        // With the host's PID namespace, nothing else ends the other processes.
        runtime?.signalAll(SIGKILL)
        container.streams.drain(holdsClients: true) { [unowned self] in
            let record = ExitRecord(
                exitCode: status.exitCode, signal: status.signal, outOfMemory: outOfMemoryKills > 0, startedAt: running.startedAt,
                finishedAt: finishedAt, cause: cause)
            keep(record, container) { [unowned self] in settle($0) }
        }
    }

    /// Writes the record by another process when the disk is known not to answer, so as not to be kept from everything else.
    private func keep(_ record: ExitRecord, _ container: AdoptedContainer, _ completion: @escaping (ExitRecord) -> Void) {
        guard container.log?.isSettled == false else { return completion(write(record, container)) }
        recordWriter = ExitRecordProcess(record, path: container.layout.exitRecord(container.id), group: container.group, loop: loop) {
            [unowned self] in
            recordWriter = nil
            completion($0)
        }
    }

    private func cause(of status: ExitStatus) -> ExitCause {
        let kind: ExitCause.Kind
        if let end = supervision?.end, supervision?.isAskedToEnd == true || supervision?.endsUnhealthy != true {
            kind = end.isTimeout ? .stopTimeout : .requested
        } else if supervision?.endsUnhealthy == true {
            kind = .unhealthy
        } else if outOfMemoryKills > 0, status.signal == SIGKILL || status.exitCode == 128 + SIGKILL {
            kind = .outOfMemory
        } else {
            kind = status.signal == nil ? .exited : .signal
        }
        let request = supervision?.end.map { $0.caller.isEmpty ? $0.verb.rawValue : "\($0.verb.rawValue) by \($0.caller)" }
        return ExitCause(
            kind, signal: status.signal.map(SignalName.name(of:)), request: request, memoryPeak: runtime?.memoryPeak(),
            memoryLimit: supervision?.spec.cgroup.memory, dumpedCore: status.dumpedCore)
    }

    /// First on disk, then to everybody. A disk that refuses doesn't keep the end of the container a secret.
    func write(_ record: ExitRecord, _ container: AdoptedContainer) -> ExitRecord {
        var record = record
        do {
            try ExitRecordFile.write(record, to: container.layout.exitRecord(container.id), group: container.group)
        } catch {
            record.message = "the exit record could not be written: \((error as? RPCError)?.message ?? "\(error)")"
            ShimLog.note(record.message)
        }
        return record
    }
}

extension RuntimeFailure {
    /// As `StartContainer` and `StartExec` promise it.
    var rpcError: RPCError {
        var details = ["step": step, "errno": String(errno)]
        if let exitCode { details["exitCode"] = String(exitCode) }
        return RPCError(.invalidParameter, message, details: details)
    }
}
