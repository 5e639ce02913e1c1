// Further processes in the container.
import CLinux
import Contracts
import Glibc
import RPC

/// An exec that runs.
struct ExecSession {
    let execID: String
    let streams: ProcessStreams
}

extension Shim {
    /// The descriptor, if any, is the client's stream: taken when the exec is started, closed otherwise.
    func startExec(_ request: StartExec.Request, descriptors: [Int32]) throws(RPCError) -> ExecState {
        let socket = try ClientSocket.take(descriptors, isRequired: false)
        do throws(RPCError) {
            try requireNoCheckpoint(container?.id ?? "")
            try lifecycle.requireUnpaused(container?.id ?? "")
            try execs.checkNew(request.execID)
            try ClientSocket.check(detachKeys: request.detachKeys)
            return try launch(request, socket)
        } catch {
            if let socket { close(socket) }
            throw error
        }
    }

    private func launch(_ request: StartExec.Request, _ socket: Int32?) throws(RPCError) -> ExecState {
        guard let runtime else { throw ContainerLifecycle.noContainer }
        let hasClient = socket != nil
        let wish = ProcessPipes.Wish(
            stdin: request.stdin && hasClient, stdout: request.stdout && hasClient, stderr: request.stderr && hasClient)
        let started: (StartedProcess, ProcessEnds)
        do throws(RuntimeFailure) {
            started = try ProcessStart.run(isTerminal: request.process.terminal, wish) { stdio throws(RuntimeFailure) in
                let process = try runtime.exec(request.process, privileged: request.privileged, stdio: stdio)
                return (process, process)
            } undo: {
                kill($0.pid, SIGKILL)
                close($0.pidfd)
            }
        } catch {
            throw error.rpcError
        }
        return join(request, started.0, started.1, socket)
    }

    private func join(_ request: StartExec.Request, _ process: StartedProcess, _ ends: ProcessEnds, _ socket: Int32?) -> ExecState {
        // Its end is told by SIGCHLD, and until then its number is its own.
        close(process.pidfd)
        let streams = ProcessStreams(
            loop: loop, isTerminal: request.process.terminal, log: nil, stdinEnd: .withFirstClient, hasSoleReader: true)
        if let socket {
            let wish = StreamClient.Wish(
                stdin: request.stdin, stdout: request.stdout, stderr: request.stderr,
                detachKeys: request.process.terminal ? request.detachKeys : [],
                isRaw: request.isRaw ?? request.process.terminal)
            let client = StreamClient(loop: loop, socket: socket, wish: wish, handed: handed(request.client))
            streams.add(client, takesInput: request.stdin) { _ in }
        }
        streams.connect(ends)
        execSessions[process.pid] = ExecSession(execID: request.execID, streams: streams)
        let state = execs.started(request, pid: process.pid)
        broadcast(.execStarted(execID: request.execID, pid: process.pid))
        return state
    }

    /// The end is told when the last output has gone to the client, or when the client has been waited for.
    func execEnded(_ session: ExecSession, _ status: ExitStatus) {
        let execID = session.execID
        endedSessions[execID] = session
        session.streams.drain { [unowned self] in
            execs.ended(execID, exitCode: status.exitCode)
            broadcast(.execExited(execID: execID, exitCode: status.exitCode))
            session.streams.whenClientsAreGone { [unowned self] in
                endedSessions[execID] = nil
                endIfIdle()
            }
        }
    }
}
