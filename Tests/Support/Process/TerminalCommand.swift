// Runs a program at a terminal of its own and types at it.
import CLinux
import Glibc
import ServiceKit

/// A program whose standard input, output and error are a pseudo-terminal.
public final class TerminalCommand: Sendable {
    private let leader: Int32
    private let pid: Int32

    /// Starts it with a terminal of that size. The environment is complete, not added to another.
    public init(_ path: String, _ arguments: [String], environment: [String], rows: UInt16 = 24, columns: UInt16 = 80) throws {
        let leader = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard leader >= 0, clinux_terminal_unlock(leader) == 0 else { throw SystemCallError("open", "/dev/ptmx") }
        let terminal = clinux_terminal_slave(leader)
        guard terminal >= 0, clinux_terminal_resize(terminal, columns, rows) == 0 else { throw SystemCallError("open", "terminal") }
        defer { close(terminal) }
        self.leader = leader
        pid = try ChildProcess(
            path: path, arguments: arguments, environment: environment,
            descriptors: [STDIN_FILENO: terminal, STDOUT_FILENO: terminal, STDERR_FILENO: terminal]
        ).spawn()
    }

    deinit { close(leader) }

    public func type(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard write(leader, bytes, bytes.count) == bytes.count else { throw SystemCallError("write", "terminal") }
    }

    /// Reads on until the screen's text satisfies `isReached`, and returns all read in this call.
    public func read(within time: Duration = .seconds(60), until isReached: @escaping @Sendable (String) -> Bool) async throws -> String {
        try await Blocking.run { [leader] in
            let deadline = ContinuousClock.now + time
            var bytes: [UInt8] = []
            while true {
                let text = String(decoding: bytes, as: UTF8.self)
                if isReached(text) { return text }
                if ContinuousClock.now > deadline { throw TimedOut("expected text on the terminal; it shows: \(text)", after: time) }
                var entry = pollfd(fd: leader, events: Int16(POLLIN), revents: 0)
                guard poll(&entry, 1, 100) > 0 else { continue }
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = Glibc.read(leader, &buffer, buffer.count)
                guard count > 0 else {
                    if isReached(text) { return text }
                    throw TimedOut("the program left its terminal, which shows: \(text)", after: time)
                }
                bytes += buffer.prefix(count)
            }
        }
    }

    /// Waits for the end of the program; it is killed when it takes longer.
    public func wait(within time: Duration = .seconds(60)) async throws -> ChildExit {
        try await Blocking.run { [pid, leader] in
            let deadline = ContinuousClock.now + time
            var status: Int32 = 0
            while waitpid(pid, &status, WNOHANG) != pid {
                if ContinuousClock.now > deadline {
                    kill(pid, SIGKILL)
                    waitpid(pid, &status, 0)
                    throw TimedOut("the end of the program at the terminal", after: time)
                }
                // What it still writes must be taken, or it would wait for room.
                var entry = pollfd(fd: leader, events: Int16(POLLIN), revents: 0)
                if poll(&entry, 1, 10) > 0, entry.revents & Int16(POLLIN) != 0 {
                    var buffer = [UInt8](repeating: 0, count: 4096)
                    _ = Glibc.read(leader, &buffer, buffer.count)
                }
            }
            return ChildExit(waitStatus: status)
        }
    }
}
