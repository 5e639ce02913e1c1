// The execs of a container: those that run, and how the latest of the others ended.
import Contracts
import RPC

/// Pure bookkeeping, bounded: of the execs that have ended, the oldest are forgotten.
struct ExecTable {
    static let maximumRunning = 1024
    static let keptAfterEnd = 64
    static let maximumIDLength = 128

    private var running: [String: ExecState] = [:]
    private var ended: [ExecState] = []

    var states: [ExecState] { running.values.sorted { $0.execID < $1.execID } + ended }

    /// Whether an exec of this ID may be started.
    func checkNew(_ execID: String) throws(RPCError) {
        guard !execID.isEmpty, execID.utf8.count <= Self.maximumIDLength else {
            throw RPCError(.invalidParameter, "An exec's ID has 1 to \(Self.maximumIDLength) bytes.")
        }
        guard running[execID] == nil, !ended.contains(where: { $0.execID == execID }) else {
            throw RPCError(.conflict, "Exec \(execID) was started already.")
        }
        guard running.count < Self.maximumRunning else {
            throw RPCError(.resourceExhausted, "The container has \(running.count) execs running: wait until some have ended.")
        }
    }

    mutating func started(_ request: StartExec.Request, pid: Int32) -> ExecState {
        let state = ExecState(execID: request.execID, pid: pid, running: true, command: ExecCommand(request))
        running[request.execID] = state
        return state
    }

    mutating func ended(_ execID: String, exitCode: Int32) {
        guard let state = running.removeValue(forKey: execID) else { return }
        ended.append(ExecState(execID: execID, pid: 0, running: false, exitCode: exitCode, command: state.command))
        if ended.count > Self.keptAfterEnd { ended.removeFirst() }
    }

    func pid(of execID: String) throws(RPCError) -> Int32 {
        guard let state = running[execID] else {
            let isKnown = ended.contains { $0.execID == execID }
            throw isKnown
                ? RPCError(.conflict, "Exec \(execID) is not running.") : RPCError(.notFound, "No such exec instance: \(execID)")
        }
        return state.pid
    }
}
