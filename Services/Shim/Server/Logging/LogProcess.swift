// The process that writes a log's files, seen from the shim, which never waits for a disk itself.
import CLinux
import ContainerLog
import Glibc
import Linux

/// Sends lines through a pipe to a process that is there as long as there is output.
///
/// When the disk is slower than the container, the pipe fills. Then the output is held up; or, if the container is to keep its pace
/// whatever the disk does, so many bytes are kept and new lines beyond are lost. A disk that makes no progress for long holds nothing up.
final class LogProcess: LogSink {
    /// How long the output waits for a disk that does nothing at all.
    static let stallMilliseconds: Int64 = 10_000
    /// Kept for such a disk.
    static let standardRoom = 1 << 20
    /// How long the process stays when there is no output.
    private static let idleMilliseconds: Int64 = 20_000
    /// Until the next attempt to make a process.
    private static let retryMilliseconds: Int64 = 200
    private static let pipeBytes: Int32 = 256 * 1024

    var path: String { files.path }
    var onChange: (() -> Void)?
    var droppedLines: UInt64 { refused + lostEarlier + progress.droppedLines }
    var isSettled: Bool { taken == settledEarlier + progress.lines }
    var isFull: Bool { room == nil && !queue.isEmpty }

    private struct Keeper {
        var input: Int32
        var progress: Int32
        var isWatched = false
    }

    private let loop: EventLoop
    private let files: LogFiles
    /// Bytes kept of output that isn't held up; nil when it is.
    private let bufferBytes: Int?
    private let launch: (LogFiles, _ input: Int32, _ progress: Int32) -> Bool
    private var keeper: Keeper?
    private var queue = ByteQueue()
    /// The queue begins in the middle of a line.
    private var isMidLine = false
    private var isStalled = false
    private var progress = LogProgress()
    /// Lines taken so far; done with by processes that have ended; lost by them; and lost because there was no room.
    private var (taken, settledEarlier, lostEarlier, refused): (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var stallTimer: EventLoop.Timer?
    private var idleTimer: EventLoop.Timer?
    private var retryTimer: EventLoop.Timer?

    /// - Parameters:
    ///   - bufferBytes: kept for a disk that is too slow; nil to hold the output up instead.
    ///   - launch: makes the process with its two ends of the pipes; false when it can't be made.
    init(
        _ files: LogFiles, bufferBytes: Int?, loop: EventLoop, launch: @escaping (LogFiles, Int32, Int32) -> Bool = LogProcess.fork
    ) {
        self.files = files
        self.bufferBytes = bufferBytes
        self.loop = loop
        self.launch = launch
    }

    deinit {
        for timer in [stallTimer, idleTimer, retryTimer] { if let timer { loop.cancel(timer) } }
        closeKeeper()
    }

    func append(_ lines: [UInt8], count: Int) {
        let part = fitting(lines)
        let kept = part.count == lines.count ? UInt64(count) : part.newlineCount
        refused += UInt64(count) - kept
        guard !part.isEmpty else { return }
        taken += kept
        queue.append(part)
        push()
    }

    func stopHoldingUp() { stalled() }

    private static func fork(_ files: LogFiles, _ input: Int32, _ progress: Int32) -> Bool {
        let pid = clinux_fork()
        if pid == 0 { LogKeeper.run(files, input: input, progress: progress) }
        return pid > 0
    }
}

/// What doesn't fit.
extension LogProcess {
    /// nil as long as the output is held up instead.
    private var room: Int? { bufferBytes ?? (isStalled ? Self.standardRoom : nil) }

    /// As with dockerd, new lines are lost, and one line is kept however long it is.
    private func fitting(_ lines: [UInt8]) -> ArraySlice<UInt8> {
        guard let room, !queue.isEmpty, queue.count + lines.count > room else { return lines[...] }
        let most = lines.prefix(max(0, room - queue.count))
        return most.lastIndex(of: UInt8(ascii: "\n")).map { lines[...$0] } ?? []
    }

    /// Begins to look for progress when something waits, and ends when nothing does.
    private func watchProgress() {
        if isSettled {
            if let stallTimer { loop.cancel(stallTimer) }
            stallTimer = nil
        } else if stallTimer == nil, !isStalled {
            stallTimer = loop.schedule(afterMilliseconds: Self.stallMilliseconds) { [unowned self] in
                stallTimer = nil
                stalled()
            }
        }
    }

    private func stalled() {
        guard !isSettled else { return }
        isStalled = true
        onChange?()
    }

    private func progressed() {
        if let stallTimer { loop.cancel(stallTimer) }
        stallTimer = nil
        isStalled = false
        watchProgress()
    }
}

/// The pipes.
extension LogProcess {
    private func push() {
        while !queue.isEmpty {
            guard let keeper = keeper ?? begin() else { break }
            let count = queue.withUnsafeBytes { bytes in
                let count = Glibc.write(keeper.input, bytes.baseAddress, bytes.count)
                if count > 0 { isMidLine = bytes[count - 1] != UInt8(ascii: "\n") }
                return count
            }
            if count > 0 {
                queue.removeFirst(count)
            } else if errno == EAGAIN {
                watchInput(true)
                break
            } else if errno != EINTR {
                // It is gone, and the other pipe will tell.
                break
            }
        }
        if queue.isEmpty { watchInput(false) }
        watchProgress()
    }

    private func watchInput(_ isWatched: Bool) {
        guard let input = keeper?.input, keeper?.isWatched != isWatched else { return }
        keeper?.isWatched = isWatched
        guard isWatched else { return loop.remove(input) }
        do {
            try loop.add(input, .writable) { [unowned self] _ in
                push()
                if queue.isEmpty { onChange?() }
            }
        } catch { closeKeeper() }
    }

    private func begin() -> Keeper? {
        guard retryTimer == nil else { return nil }
        if let made = makeKeeper() {
            keeper = made
            stayWhileNeeded()
            return made
        }
        retryLater()
        return nil
    }

    private func retryLater() {
        guard retryTimer == nil else { return }
        retryTimer = loop.schedule(afterMilliseconds: Self.retryMilliseconds) { [unowned self] in
            retryTimer = nil
            push()
            onChange?()
        }
    }

    private func makeKeeper() -> Keeper? {
        var (lines, answers): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard clinux_pipe(&lines) == 0 else { return nil }
        guard clinux_pipe(&answers) == 0 else {
            lines.forEach { close($0) }
            return nil
        }
        let made = Keeper(input: lines[1], progress: answers[0])
        _ = clinux_set_pipe_size(made.input, Self.pipeBytes)
        let isLaunched = launch(files, lines[0], answers[1])
        close(lines[0])
        close(answers[1])
        _ = clinux_set_nonblocking(made.input)
        _ = clinux_set_nonblocking(made.progress)
        if isLaunched, (try? loop.add(made.progress, .readable) { [unowned self] _ in takeProgress() }) != nil { return made }
        close(made.input)
        close(made.progress)
        return nil
    }

    private func takeProgress() {
        guard let keeper else { return }
        let count = withUnsafeTemporaryAllocation(byteCount: 128 * LogProgress.size, alignment: 8) { buffer in
            let count = Glibc.read(keeper.progress, buffer.baseAddress, buffer.count)
            // Each tells all, so that the last is enough.
            if count >= LogProgress.size {
                let start = count / LogProgress.size * LogProgress.size - LogProgress.size
                progress = LogProgress(UnsafeRawBufferPointer(rebasing: buffer[start..<start + LogProgress.size]))
            }
            return count
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return ended() }
        progressed()
        onChange?()
    }
}

/// The process's end.
extension LogProcess {
    /// Ends the process when there was nothing to do for a while.
    private func stayWhileNeeded() {
        let before = taken
        idleTimer = loop.schedule(afterMilliseconds: Self.idleMilliseconds) { [unowned self] in
            idleTimer = nil
            guard keeper != nil else { return }
            if isSettled, taken == before, !progress.isBusy { closeKeeper() } else { stayWhileNeeded() }
        }
    }

    /// It ended by itself, with what it had: somebody killed it. The next one begins with a whole line.
    private func ended() {
        guard keeper != nil else { return }
        if isMidLine {
            let first = queue.withUnsafeBytes { $0.firstIndex(of: UInt8(ascii: "\n")) }
            queue.removeFirst(first.map { $0 + 1 } ?? queue.count)
            isMidLine = false
        }
        let queued = queue.withUnsafeBytes { bytes in ArraySlice(bytes).newlineCount }
        closeKeeper()
        let lost = taken - settledEarlier - queued
        lostEarlier += lost
        settledEarlier += lost
        ShimLog.note("the process that writes the log ended early; lines lost by that: \(lost)")
        if !queue.isEmpty { retryLater() }
        progressed()
        onChange?()
    }

    private func closeKeeper() {
        guard let keeper else { return }
        watchInput(false)
        loop.remove(keeper.progress)
        close(keeper.input)
        close(keeper.progress)
        self.keeper = nil
        if let idleTimer { loop.cancel(idleTimer) }
        idleTimer = nil
        settledEarlier += progress.lines
        lostEarlier += progress.droppedLines
        progress = LogProgress()
    }
}
