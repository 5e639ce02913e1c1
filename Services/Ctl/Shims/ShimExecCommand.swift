// berthctl shim exec: runs a command in a container, through its shim alone.
import ArgumentParser
import CLinux
import Contracts
import Foundation
import RPC
import RPCNIO

struct ShimExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Runs a command in a container, as root with the container's own settings otherwise.")

    /// Making a process takes longer than an answer when the host is busy.
    private static let patience = Duration.seconds(30)

    @OptionGroup var choice: ShimChoice

    @Option(name: .shortAndLong, help: "The user in the container.")
    var user = ""

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var command: [String]

    func run() async throws {
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        guard !words.isEmpty else { throw ValidationError("a command is needed") }
        let code = try await choice.connected { connection, _ in try await run(words, connection) }
        throw ExitCode(code)
    }

    private func run(_ words: [String], _ connection: RPCConnection) async throws -> Int32 {
        var pair: [Int32] = [-1, -1]
        guard clinux_unix_pair(&pair) == 0 else { throw ValidationError("no socket can be made (errno \(errno))") }
        let (own, other) = (pair[0], pair[1])
        let execID = "berthctl-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let events = try await connection.stream(WatchShim.self, .init(after: .max))
        do {
            defer { close(other) }
            let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
            let process = ProcessSpec(arguments: words, environment: environment, user: user)
            _ = try await connection.call(
                StartExec.self, .init(execID: execID, process: process), context: .fresh(timeout: Self.patience), descriptors: [other])
        } catch {
            close(own)
            throw error
        }
        await FramedOutput.copy(from: own)
        for try await notice in events.outbound {
            if case .execExited(execID, let code) = notice.event { return code }
        }
        return 255
    }
}

/// Docker's framed stream, put back on standard output and standard error.
enum FramedOutput {
    private static let headLength = 8

    /// Returns at the end of the stream; closes the descriptor.
    static func copy(from descriptor: Int32) async {
        await withCheckedContinuation { continuation in
            // On a thread of its own: reading blocks.
            Thread.detachNewThread {
                _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
                let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
                while let head = read(handle, headLength), let body = read(handle, length(head)) {
                    let target = head[head.startIndex] == 2 ? FileHandle.standardError : FileHandle.standardOutput
                    try? target.write(contentsOf: body)
                }
                continuation.resume()
            }
        }
    }

    static func length(_ head: Data) -> Int { head.dropFirst(4).reduce(0) { $0 << 8 | Int($1) } }

    private static func read(_ handle: FileHandle, _ count: Int) -> Data? {
        var data = Data()
        while data.count < count {
            guard let chunk = try? handle.read(upToCount: count - data.count), !chunk.isEmpty else { return nil }
            data += chunk
        }
        return data
    }
}
