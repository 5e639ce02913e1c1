// Exec: another process in a running container.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import ServiceKit

/// Makes, starts and follows execs.
struct ExecSequence: Sendable {
    /// How long a resize waits for an exec that is being started.
    private static let startPatience = Duration.seconds(10)

    /// How long a look at one that is being started waits.
    private static let inspectPatience = Duration.seconds(2)

    let engine: ContainerEngine
    let context: RPCContext

    /// Errors: conflict when the container doesn't run or is paused; `invalidParameter` for an empty command.
    func create(in reference: String, _ request: ExecCreateRequest) throws(RPCError) -> String {
        let (record, _) = try engine.find(reference)
        try checkRuns(record, called: reference)
        guard !(request.cmd ?? []).isEmpty else { throw RPCError(.invalidParameter, "no exec command specified") }
        for variable in request.env ?? [] where variable.isEmpty || variable.hasPrefix("=") {
            throw RPCError(.invalidParameter, "invalid environment variable: \(variable)")
        }
        guard request.workingDir.isEmpty || request.workingDir.hasPrefix("/") else {
            throw RPCError(
                .invalidParameter, "the working directory '\(request.workingDir)' is invalid, it needs to be an absolute path")
        }
        _ = try DetachKeys.parse(request.detachKeys)
        let exec = ExecRecord(id: RandomID.make(), containerID: record.id, request: request)
        engine.execs.insert(exec)
        engine.tell("exec_create: \(Self.words(request))", record, ["execID": exec.id])
        return exec.id
    }

    /// Errors: notFound; conflict when it was started before, or its container doesn't run.
    func prepare(_ id: String, _ start: ExecStartRequest) throws(RPCError) -> PreparedStream {
        let exec = try engine.execs.find(id)
        try checkRuns(try engine.store.find(exec.containerID))
        guard exec.phase == .created else { _ = try engine.execs.claim(id); throw Self.started(id) }
        // As in dockerd, only this request counts: a client that doesn't ask for a terminal here gets frames.
        return PreparedStream(isTerminal: start.tty) { end in
            try await uncancelled { try await run(id, start, end) }
        }
    }

    /// Starts an exec. It runs on whatever becomes of the client.
    func run(_ id: String, _ start: ExecStartRequest, _ end: StreamEnd?) async throws {
        let exec = try engine.execs.find(id)
        let (record, live) = try engine.find(exec.containerID)
        try checkRuns(record)
        _ = try engine.execs.claim(id)
        defer { exec.started.resolve(()) }
        do {
            let shim = try await engine.shim(of: live)
            engine.tell("exec_start: \(Self.words(exec.request))", record, ["execID": id])
            let state = try await shim.startExec(try request(exec, start, record, end), descriptor: end?.descriptor, context)
            engine.execs.update(id) { exec in
                if exec.phase == .starting { exec.phase = .running(pid: state.pid) }
            }
            if let code = state.exitCode { engine.noteExecExit(id, exitCode: code) }
        } catch {
            let failure = StartFailure(exec: error, command: exec.request.cmd?.first ?? "")
            engine.execs.update(id) { $0.phase = .exited(code: failure.exitCode) }?.ended.resolve(())
            throw failure.error
        }
    }

    private func request(
        _ exec: ExecRecord, _ start: ExecStartRequest, _ record: ContainerRecord, _ end: StreamEnd?
    ) throws(RPCError) -> StartExec.Request {
        var wanted = exec.request
        if let size = start.consoleSize { wanted.consoleSize = size }
        var builder = SpecificationBuilder(record: record, cgroupParent: engine.configuration.cgroupParent)
        // A link that is broken by now is no reason to refuse.
        builder.linked = (try? LinkedContainers(of: record) { engine.store[$0] })?.environment ?? []
        let process = try builder.execProcess(wanted)
        let isAttached = end != nil
        return StartExec.Request(
            execID: exec.id, process: process, privileged: wanted.privileged, stdin: isAttached && wanted.attachStdin,
            stdout: isAttached && wanted.attachStdout, stderr: isAttached && wanted.attachStderr,
            detachKeys: wanted.tty ? try DetachKeys.parse(wanted.detachKeys) : [], isRaw: start.tty,
            client: end?.own.map { HandedClient(head: $0.head, input: $0.input) })
    }

    /// Waits a while for one that is being started. Errors: conflict when it doesn't run then.
    func resize(_ id: String, to size: ConsoleSize) async throws {
        let exec = try engine.execs.find(id)
        _ = try await exec.started.value(within: Self.startPatience)
        guard let now = engine.execs.update(id, { _ in }), now.pid != 0 else {
            throw RPCError(.conflict, "cannot resize exec \(id): it is not running")
        }
        let (record, live) = try engine.find(exec.containerID)
        let request = ResizeTerminal.Request(size: TerminalSize(columns: size.columns, rows: size.rows), execID: id)
        try await engine.shim(of: live).resize(request, context)
        engine.tell("resize", record, ["height": "\(size.rows)", "width": "\(size.columns)", "execID": id])
    }

    /// Clients ask for the exit code as soon as an exec's stream has ended, which they may see before its end is told here.
    func inspect(_ id: String) async throws -> ExecInspect {
        let asked = try engine.execs.find(id)
        // It may even have ended before its start is told here.
        if asked.phase == .starting { _ = try? await asked.started.value(within: Self.inspectPatience) }
        if try engine.execs.find(id).pid != 0 { await ExecSettling(engine: engine, id: id).look() }
        let exec = try engine.execs.find(id)
        let command = exec.request.cmd ?? []
        return ExecInspect(
            id: exec.id, running: exec.pid != 0, exitCode: exec.exitCode.map(Int.init),
            processConfig: .init(
                entrypoint: command.first ?? "", arguments: Array(command.dropFirst()), tty: exec.request.tty,
                privileged: exec.request.privileged, user: exec.request.user),
            openStdin: exec.request.attachStdin, openStderr: exec.request.attachStderr, openStdout: exec.request.attachStdout,
            canRemove: exec.isSwept, containerID: exec.containerID, detachKeys: exec.request.detachKeys, pid: Int(exec.lastPID))
    }

    /// - Parameter name: what the client calls it; nil when it named an exec.
    private func checkRuns(_ record: ContainerRecord, called name: String? = nil) throws(RPCError) {
        guard !record.state.isRestarting else { throw ContainerEngine.restarting(record.id) }
        guard record.state.process != nil else { throw ContainerEngine.notRunning(record.id) }
        guard !record.state.isPaused else {
            throw RPCError(.conflict, "Container \(name ?? record.id) is paused, unpause the container before exec")
        }
    }

    private static func words(_ request: ExecCreateRequest) -> String {
        (request.cmd ?? []).joined(separator: " ")
    }

    private static func started(_ id: String) -> RPCError {
        RPCError(.conflict, "exec command \(id) is already running")
    }
}

extension ContainerEngine {
    /// Records an exec's end, once.
    func noteExecExit(_ id: String, exitCode: Int32) {
        var ended = false
        let exec = execs.update(id) { exec in
            guard exec.exitCode == nil else { return }
            exec.phase = .exited(code: exitCode)
            ended = true
        }
        guard ended, let exec, let record = store[exec.containerID] else { return }
        exec.started.resolve(())
        exec.ended.resolve(())
        tell("exec_die", record, ["execID": id, "exitCode": "\(exitCode)"])
    }

    /// Marks a container's execs as ended: everything in it was killed with its first process.
    func endExecs(of containerID: String) {
        for id in execs.started(in: containerID) { noteExecExit(id, exitCode: 137) }
        execs.removeUnstarted(in: containerID)
    }
}
