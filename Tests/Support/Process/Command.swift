// Runs a program to its end, with what it reads and writes.
import CLinux
import Foundation
import Glibc
import ServiceKit

/// How a program ended and what it wrote.
public struct CommandResult: Sendable, CustomStringConvertible {
    public var exit: ChildExit
    public var output: [UInt8]
    public var errors: [UInt8]

    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }
    /// Without the newline at the end.
    public var line: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
    /// Standard error as text.
    public var errorText: String { String(decoding: errors, as: UTF8.self) }
    /// -1 when a signal ended it.
    public var code: Int32 {
        if case .code(let code) = exit { code } else { -1 }
    }

    public var description: String { "\(exit)\nstdout: \(text)\nstderr: \(errorText)" }
}

public struct Command: Sendable {
    public var path: String
    public var arguments: [String]
    /// Added to this process's environment.
    public var environment: [String: String]
    public var stdin: [UInt8]
    /// The program is killed after this time, and `TimedOut` thrown.
    public var timeout: Duration

    public init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], stdin: [UInt8] = [], timeout: Duration = .seconds(120)
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.stdin = stdin
        self.timeout = timeout
    }

    public func run() async throws -> CommandResult {
        try await Blocking.run { try runBlocking() }
    }

    /// Blocks the calling thread.
    public func runBlocking() throws -> CommandResult {
        let input = try Pipe(), output = try Pipe(), errors = try Pipe()
        let child = ChildProcess(
            path: path, arguments: arguments, environment: mergedEnvironment,
            descriptors: [STDIN_FILENO: input.reading, STDOUT_FILENO: output.writing, STDERR_FILENO: errors.writing])
        let pid: Int32
        do {
            pid = try child.spawn()
        } catch {
            [input, output, errors].forEach { $0.closeAll() }
            throw error
        }
        close(input.reading)
        close(output.writing)
        close(errors.writing)
        var exchange = PipeExchange(stdin: stdin, input: input.writing, output: output.reading, errors: errors.reading)
        let isComplete = exchange.run(until: ContinuousClock.now + timeout)
        if !isComplete { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard isComplete else {
            throw TimedOut(
                "\(path) \(arguments.joined(separator: " "))\n\(String(decoding: exchange.collectedErrors, as: UTF8.self))", after: timeout)
        }
        return CommandResult(exit: ChildExit(waitStatus: status), output: exchange.collectedOutput, errors: exchange.collectedErrors)
    }

    private var mergedEnvironment: [String] {
        ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    }
}

/// The two ends of a pipe, close-on-exec.
struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        // At once: a program that another thread starts just then would keep an end open for as long as it runs.
        let result = clinux_pipe(&ends)
        guard result == 0 else { throw SystemCallError("pipe", "", code: -result) }
        (reading, writing) = (ends[0], ends[1])
    }

    func closeAll() {
        close(reading)
        close(writing)
    }
}
