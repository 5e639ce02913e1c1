// A checkpoint that is being made, or a container that is being made from one.
import CLinux
import Contracts
import Glibc
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
    /// Its last words are why; before them it tells of everything that it does.
    private static let shown = 256 * 1024

    private static func end(of path: String) -> String {
        let opened = clinux_open_file(path, O_RDONLY, 0)
        guard opened >= 0 else { return "" }
        let file = OwnedDescriptor(taking: opened)
        let size = lseek(file.raw, 0, Int32(SEEK_END))
        var bytes = [UInt8](repeating: 0, count: shown)
        let count = clinux_file_read(file.raw, &bytes, shown, max(0, Int64(size) - Int64(shown)))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    static func error(_ what: String, log path: String) -> RPCError {
        let reason = Criu.reason(inLog: end(of: path)) ?? "it was killed, or said nothing"
        return RPCError(.internalError, "\(what): criu failed: \(reason)\nlog file: \(path)")
    }
}
