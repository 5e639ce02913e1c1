// The execs there are, in memory only: they end with their container.
import Contracts
import GatewayState
import Models
import RPC
import Synchronization

/// How far an exec has come.
enum ExecPhase: Sendable, Equatable {
    case created
    case starting
    case running(pid: Int32)
    case exited(code: Int32)
}

/// One exec.
struct ExecRecord: Sendable {
    var id: String
    var containerID: String
    var request: ExecCreateRequest
    var phase = ExecPhase.created {
        didSet { if pid != 0 { lastPID = pid } }
    }
    /// The PID of its process, kept after the end; 0 if there was none.
    private(set) var lastPID: Int32 = 0
    /// Seen ended by the last sweep: the next one forgets it.
    var isSwept = false
    /// Resolved when it has been started, or has failed to.
    let started = Promise<Void>()
    /// Resolved when it has exited.
    let ended = Promise<Void>()

    var exitCode: Int32? {
        if case .exited(let code) = phase { code } else { nil }
    }

    var pid: Int32 {
        if case .running(let pid) = phase { pid } else { 0 }
    }
}

extension ExecRecord {
    /// One that was started by another gateway; nil when its shim doesn't tell what it is.
    init?(_ state: ExecState, of containerID: String) {
        guard let command = state.command else { return nil }
        var request = ExecCreateRequest()
        request.cmd = command.arguments
        request.user = command.user
        request.tty = command.terminal
        request.privileged = command.privileged
        (request.attachStdin, request.attachStdout, request.attachStderr) = (command.stdin, command.stdout, command.stderr)
        self.init(id: state.execID, containerID: containerID, request: request)
        started.resolve(())
        phase = state.exitCode.map { .exited(code: $0) } ?? .running(pid: state.pid)
        if state.exitCode != nil { ended.resolve(()) }
    }
}

/// All execs by ID. An ended one stays to be inspected until two sweeps have seen it.
final class ExecTable: Sendable {
    static let sweepInterval = Duration.seconds(300)
    private let records = Mutex<[String: ExecRecord]>([:])

    func insert(_ record: ExecRecord) {
        records.withLock { $0[record.id] = record }
    }

    /// Errors: notFound.
    func find(_ id: String) throws(RPCError) -> ExecRecord {
        guard let record = records.withLock({ $0[id] }) else { throw RPCError(.notFound, "No such exec instance: \(id)") }
        return record
    }

    /// Changes an exec; returns it as it is afterwards.
    @discardableResult
    func update(_ id: String, _ change: (inout ExecRecord) -> Void) -> ExecRecord? {
        records.withLock { records in
            guard var record = records[id] else { return nil }
            change(&record)
            records[id] = record
            return record
        }
    }

    /// Claims an exec for its one start. Errors: conflict when it was started before.
    func claim(_ id: String) throws(RPCError) -> ExecRecord {
        let record = try find(id)
        var claimed = false
        update(id) { record in
            guard record.phase == .created else { return }
            record.phase = .starting
            claimed = true
        }
        guard claimed else {
            let words = record.exitCode == nil ? "is already running" : "has already run"
            throw RPCError(.conflict, "exec command \(id) \(words)")
        }
        return record
    }

    /// IDs of those that run in a container, or are about to.
    func started(in containerID: String) -> [String] {
        records.withLock { records in
            records.values.filter { $0.containerID == containerID && ($0.pid != 0 || $0.phase == .starting) }.map(\.id).sorted()
        }
    }

    /// IDs of those of a container that run or may still be started.
    func unfinished(in containerID: String) -> [String] {
        records.withLock { records in
            records.values.filter { $0.containerID == containerID && $0.exitCode == nil }.map(\.id).sorted()
        }
    }

    /// Forgets those that weren't started, which nobody can start any more.
    func removeUnstarted(in containerID: String) {
        records.withLock { records in records = records.filter { $0.value.containerID != containerID || $0.value.phase != .created } }
    }

    func remove(of containerID: String) {
        records.withLock { records in records = records.filter { $0.value.containerID != containerID } }
    }

    /// Forgets what the last sweep saw ended.
    func sweep() {
        records.withLock { records in
            records = records.filter { !$0.value.isSwept }
            for (id, record) in records where record.exitCode != nil { records[id]?.isSwept = true }
        }
    }
}
