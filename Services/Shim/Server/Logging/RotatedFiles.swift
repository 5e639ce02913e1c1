// Looks after a log's rotated files: compresses them, and removes what was kept for readers that have left.
import ContainerLog
import Linux

final class RotatedFiles {
    /// How long files that nobody needs may stay when the container writes nothing more.
    private static let surplusMilliseconds: Int64 = 5_000

    private let loop: EventLoop
    private let file: RotatingFile
    private let compressor: LogCompressor?
    private var isTrimming = false

    init(of file: RotatingFile, loop: EventLoop, compressor: LogCompressor?) {
        self.file = file
        self.loop = loop
        self.compressor = compressor
        file.onRotation = { [unowned self] in
            compressor?.begin()
            trimLater()
        }
    }

    /// Something is still to be done.
    var isBusy: Bool { isTrimming || compressor?.isBusy == true }

    /// True when the process was one of theirs.
    func ended(_ pid: Int32, _ exit: ExitStatus) -> Bool { compressor?.ended(pid, exit) ?? false }

    private func trimLater() {
        guard !isTrimming else { return }
        isTrimming = true
        loop.schedule(afterMilliseconds: Self.surplusMilliseconds) { [weak self] in
            guard let self else { return }
            isTrimming = false
            if !file.removeSurplus() { trimLater() }
        }
    }
}
