// Looks after a log's rotated files: compresses them, and removes what was kept for readers that have left.
import ContainerLog
import Linux

final class RotatedFiles {
    /// How long files that nobody needs may stay when the container writes nothing more.
    private static let surplusMilliseconds: Int64 = 5_000

    private let loop: EventLoop
    private let log: LogWriter
    private let compressor: LogCompressor?
    private var isTrimming = false

    init(of log: LogWriter, loop: EventLoop, compressor: LogCompressor?) {
        self.log = log
        self.loop = loop
        self.compressor = compressor
        log.onRotation = { [unowned self] in
            compressor?.begin()
            trimLater()
        }
    }

    /// True when the process was one of theirs.
    func ended(_ pid: Int32, _ exit: ExitStatus) -> Bool { compressor?.ended(pid, exit) ?? false }

    private func trimLater() {
        guard !isTrimming else { return }
        isTrimming = true
        loop.schedule(afterMilliseconds: Self.surplusMilliseconds) { [weak self] in
            guard let self else { return }
            isTrimming = false
            if !log.removeSurplus() { trimLater() }
        }
    }
}
