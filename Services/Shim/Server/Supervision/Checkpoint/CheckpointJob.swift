// A checkpoint that is being made, or a container that is being made from one.
import Contracts
import Linux
import RPC

struct CheckpointJob {
    let request: CheckpointContainer.Request
    let files: CheckpointFiles
    let criu: Criu
    let log: String
    let answer: (Result<RPCNothing, RPCError>) -> Void
    /// Of the process that does it; nil while checks of the container's health, which can't be saved, are on their way out.
    var pid: Int32?
}

struct RestoreJob {
    let restore: ContainerRestore
    let checkpoint: String
    let log: String
    var pipes: ProcessPipes
    let answer: (Result<RunningContainer, RPCError>) -> Void
    /// Children that ended meanwhile, the container's first process perhaps among them.
    var ended: [Int32: ExitStatus] = [:]
}

/// The words for a run of CRIU that failed.
enum CriuFailure {
    static func error(_ what: String, log path: String) -> RPCError {
        let log = (try? SmallFile.text(path, limit: 64 << 20)) ?? ""
        let reason = Criu.reason(inLog: log) ?? "it was killed, or said nothing"
        return RPCError(.internalError, "\(what): criu failed: \(reason)\nlog file: \(path)")
    }
}
