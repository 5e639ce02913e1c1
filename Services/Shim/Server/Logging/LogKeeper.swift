// The process that writes a log's files: it may wait for the disk, so that the shim needn't.
import CLinux
import ContainerLog
import Glibc
import Linux

/// Copies lines from a pipe to the log's files until the pipe's end, and tells after each piece how far it has come.
final class LogKeeper {
    private static let chunk = 64 * 1024

    private let files: LogFiles
    private let input: Int32
    private let progressPipe: Int32
    private let loop: EventLoop
    private var file: RotatingFile?
    private var rotated: RotatedFiles?
    private var progress = LogProgress()
    /// Lines lost while there was no file.
    private var homeless: UInt64 = 0
    /// The beginning of a line whose end is still to be read.
    private var rest: [UInt8] = []

    init(_ files: LogFiles, input: Int32, progress: Int32) throws {
        self.files = files
        self.input = input
        progressPipe = progress
        loop = try EventLoop()
    }

    /// In a forked child, which keeps nothing of the shim's: neither its locks nor its clients, nor the container's output.
    /// It goes on to the end of what the shim has sent, also when the shim is killed.
    static func run(_ files: LogFiles, input: Int32, progress: Int32) -> Never {
        // The two may be each other's place, so both move out of the way first.
        let (source, target) = (fcntl(input, F_DUPFD, 3), fcntl(progress, F_DUPFD, 3))
        guard clinux_duplicate(source, 0) >= 0, clinux_duplicate(target, 1) >= 0 else { _exit(1) }
        _ = clinux_close_from(3)
        clinux_set_process_name("log")
        do {
            let keeper = try LogKeeper(files, input: 0, progress: 1)
            try keeper.reapCompressors()
            try keeper.serve()
        } catch { _exit(1) }
        _exit(0)
    }

    /// Returns at the end of the pipe.
    func serve() throws {
        try loop.add(input, .readable) { [unowned self] _ in take() }
        try loop.run()
    }

    private func reapCompressors() throws {
        let handled = [SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGPIPE]
        let signals = clinux_signal_descriptor(handled, Int32(handled.count))
        guard signals >= 0 else { return }
        try loop.add(signals, .readable) { [unowned self] _ in
            while clinux_take_signal(signals) > 0 {}
            var status: Int32 = 0
            while case let pid = clinux_reap(&status), pid > 0 { _ = rotated?.ended(pid, ExitStatus(waitStatus: status)) }
            tell()
        }
    }

    private func take() {
        let before = rest.count
        rest.append(contentsOf: repeatElement(0, count: Self.chunk))
        let count = rest.withUnsafeMutableBytes { Glibc.read(input, $0.baseAddress.map { $0 + before }, Self.chunk) }
        let error = errno
        rest.removeLast(Self.chunk - max(0, count))
        if count < 0, error == EINTR || error == EAGAIN { return }
        guard count > 0 else { return loop.stop() }
        guard let newline = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
        write(rest[...newline])
        rest.removeFirst(newline + 1)
        tell()
    }

    private func write(_ lines: ArraySlice<UInt8>) {
        let count = lines.newlineCount
        if file == nil { open() }
        if let file { file.append(lines) } else { homeless += count }
        progress.lines += count
    }

    /// A file that can't be opened is tried again with the next lines.
    private func open() {
        guard let opened = try? files.open() else { return }
        file = opened
        rotated = files.tended(opened, loop: loop)
    }

    private func tell() {
        progress.droppedLines = homeless + (file?.droppedLines ?? 0)
        progress.isBusy = rotated?.isBusy == true
        progress.write(to: progressPipe)
    }
}
