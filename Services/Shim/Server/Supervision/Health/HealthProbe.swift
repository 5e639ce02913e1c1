// One check of a container's health: a process in the container, its output and its end.
import CLinux
import Contracts
import Glibc
import Linux

/// Forked by the shim straight into the container's namespaces; nothing but a pipe is made for it.
final class HealthProbe {
    let pid: Int32
    private let loop: EventLoop
    private let timeout: Int64
    private let output: Int32
    private let startedAt: Int64
    private let preparation: Int64
    private let onResult: (HealthResult) -> Void
    private var text: [UInt8] = []
    private var isTruncated = false
    private var isWatched = false
    private var isLate = false
    private var timer: EventLoop.Timer?

    /// Starts the check; `onResult` is called once, after `ended`. Throws when the command can't be started.
    /// - Parameter timeout: nanoseconds.
    init(
        _ process: ProcessSpec, privileged: Bool, timeout: Int64, in runtime: ContainerRuntime, loop: EventLoop,
        onResult: @escaping (HealthResult) -> Void
    ) throws(RuntimeFailure) {
        self.loop = loop
        self.timeout = timeout
        self.onResult = onResult
        startedAt = WallClock.nanoseconds
        (pid, output) = try Self.start(process, privileged: privileged, in: runtime)
        preparation = WallClock.nanoseconds - startedAt
        _ = clinux_set_nonblocking(output)
        isWatched = (try? loop.add(output, .readable) { [unowned self] _ in if read() <= 0 { unwatch() } }) != nil
        timer = loop.schedule(afterMilliseconds: max(1, timeout / 1_000_000)) { [unowned self] in
            isLate = true
            kill(pid, SIGKILL)
        }
    }

    deinit {
        unwatch()
        if let timer { loop.cancel(timer) }
        close(output)
    }

    private static func start(
        _ process: ProcessSpec, privileged: Bool, in runtime: ContainerRuntime
    ) throws(RuntimeFailure) -> (pid: Int32, output: Int32) {
        var pipe: [Int32] = [-1, -1]
        let result = clinux_pipe(&pipe)
        guard result == 0 else { throw RuntimeFailure(step: "stdio", errno: -result, message: "cannot make a pipe: errno \(-result)") }
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer {
            close(pipe[1])
            if null >= 0 { close(null) }
        }
        do throws(RuntimeFailure) {
            let stdio = ProcessStdio.pipes(stdin: null, stdout: pipe[1], stderr: pipe[1])
            let process = try runtime.exec(process, privileged: privileged, stdio: stdio)
            close(process.pidfd)
            return (process.pid, pipe[0])
        } catch {
            close(pipe[0])
            throw error
        }
    }

    /// Nobody wants its result any more. It is still to be reaped.
    func cancel() {
        if let timer { loop.cancel(timer) }
        timer = nil
        kill(pid, SIGKILL)
    }

    /// It was reaped. What it has written by now is all that counts.
    func ended(_ status: ExitStatus) {
        // No more than that: what it left behind may write on for ever.
        var owed = clinux_readable_bytes(output)
        while owed > 0 {
            let count = read()
            guard count > 0 else { break }
            owed -= Int32(clamping: count)
        }
        let isTimeout = isLate && status.signal == SIGKILL
        let output = words()
        let late = HealthResult.lateness(timeout)
        onResult(
            HealthResult(
                start: startedAt, end: WallClock.nanoseconds, exitCode: isTimeout ? -1 : status.exitCode,
                output: !isTimeout ? output : output.isEmpty ? late : "\(late): \(output)", preparation: preparation))
    }

    /// As much as is kept of a check's output; dots tell that there was more.
    private func words() -> String { String(decoding: text, as: UTF8.self) + (isTruncated ? "..." : "") }

    /// How many bytes there were; none or fewer when there is nothing more at this moment.
    private func read() -> Int {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: HealthResult.outputLimit) { buffer in
            let count = Glibc.read(output, buffer.baseAddress, buffer.count)
            guard count > 0 else { return count }
            let room = HealthResult.outputLimit - text.count
            text.append(contentsOf: buffer[..<min(room, count)])
            if count > room { isTruncated = true }
            return count
        }
    }

    private func unwatch() {
        guard isWatched else { return }
        isWatched = false
        loop.remove(output)
    }
}
