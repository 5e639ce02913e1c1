// Forks the process that has CRIU save a container, and puts what it saved on disk.
import CLinux
import Glibc
import Linux

struct DumpLaunch {
    let criu: Criu
    let files: CheckpointFiles
    let record: CheckpointRecord
    /// The container's first process.
    let pid: Int32
    let freezer: String?
    let ends: Bool
    let log: String

    /// Returns the pid of a process that ends well when the checkpoint is whole and on disk.
    func run() throws(RuntimeFailure) -> Int32 {
        let arguments = criu.dump(
            of: pid, record, to: CheckpointFiles.images(in: files.partial), freezer: freezer, ends: ends)
        return try CriuProcess.fork(log: log) { () throws(Errno) in
            // Nothing of the shim's stays open: neither its lock nor its clients, nor the container's output.
            _ = clinux_close_from(3)
            clinux_set_process_name("checkpoint")
            guard try CriuProcess.run(arguments) else { _exit(CriuProcess.failed) }
            try files.commit()
        }
    }
}
