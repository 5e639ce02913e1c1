// The probe's ends of a process's stdio, and waiting for the process while its output is read.
import CLinux
import Glibc
import ShimServer

/// Pipes for a process, or its terminal's master.
final class ProbeStreams {
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    private var input: Int32 = -1
    private var outputEnd: Int32 = -1
    private var errorEnd: Int32 = -1
    private var childEnds: [Int32] = []

    static let patience: Int32 = 30_000

    func makePipes() -> ProcessStdio {
        func makePipe() -> (read: Int32, write: Int32) {
            var ends: [Int32] = [-1, -1]
            pipe(&ends)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
        let (stdin, stdout, stderr) = (makePipe(), makePipe(), makePipe())
        (input, outputEnd, errorEnd) = (stdin.write, stdout.read, stderr.read)
        childEnds = [stdin.read, stdout.write, stderr.write]
        return .pipes(stdin: stdin.read, stdout: stdout.write, stderr: stderr.write)
    }

    func started(_ process: StartedProcess) {
        closeChildEnds()
        guard let master = process.terminalMaster else { return }
        (input, outputEnd) = (dup(master), master)
    }

    func closeChildEnds() {
        for end in childEnds { close(end) }
        childEnds = []
    }

    func write(_ text: String) {
        var text = text
        _ = text.withUTF8 { Glibc.write(input, $0.baseAddress, $0.count) }
    }

    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    func closeAll() {
        closeInput()
        closeChildEnds()
        for end in [outputEnd, errorEnd] where end >= 0 { close(end) }
    }

    /// Reads what comes until `isDone`, a descriptor is readable, or patience ends. False for the last.
    func pump(until descriptor: Int32 = -1, _ isDone: () -> Bool = { false }) -> Bool {
        let deadline = clinux_monotonic_nanoseconds() + UInt64(Self.patience) * 1_000_000
        while !isDone() {
            var waited = [descriptor, outputEnd, errorEnd].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard clinux_monotonic_nanoseconds() < deadline else { return false }
            guard poll(&waited, 3, 1000) > 0 else { continue }
            if waited[1].revents != 0, !take(outputEnd, into: &output) { outputEnd = -1 }
            if waited[2].revents != 0, !take(errorEnd, into: &errors) { errorEnd = -1 }
            if waited[0].revents != 0 { return true }
        }
        return true
    }

    /// Waits for a process to end, reads the rest of its output, and reaps it: its exit code.
    func finish(_ process: StartedProcess) -> Int32? {
        guard pump(until: process.pidfd) else { return nil }
        for end in [outputEnd, errorEnd] where end >= 0 { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        while outputEnd >= 0, take(outputEnd, into: &output) {}
        while errorEnd >= 0, take(errorEnd, into: &errors) {}
        var status: Int32 = 0
        guard waitpid(process.pid, &status, 0) == process.pid else { return nil }
        close(process.pidfd)
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }

    /// False at the end of the stream.
    private func take(_ descriptor: Int32, into buffer: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }
}
