// The files of a container's log, and what is done with them.
import ContainerLog
import Linux

struct LogFiles {
    let path: String
    let limits: LogLimits
    /// As `RotatingFile` has it.
    let group: UInt32?
    let compresses: Bool

    func open() throws(LogFailure) -> RotatingFile { try RotatingFile(path: path, limits: limits, group: group) }

    func tended(_ file: RotatingFile, loop: EventLoop) -> RotatedFiles {
        RotatedFiles(of: file, loop: loop, compressor: compresses ? LogCompressor(path: path, group: group) : nil)
    }
}
