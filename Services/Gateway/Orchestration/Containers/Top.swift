// Top: the processes of a container, as the host's ps shows them.
import Foundation
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Errors: conflict when it isn't running; `invalidParameter` for what ps doesn't understand.
    func top(_ live: LiveContainer, psArguments: String?, _ context: RPCContext) async throws -> ContainerTop {
        let record = try current(live)
        guard !record.state.isRestarting else { throw Self.restarting(record.id) }
        guard record.state.process != nil else { throw Self.notRunning(record.id) }
        let arguments = try ProcessTable.arguments(psArguments)
        let pids = try await shim(of: live).processes(context)
        let table = try ProcessTable.parse(try await ProcessStatus.run(arguments), pids: Set(pids))
        tell("top", record)
        return table
    }
}

/// Runs the host's `ps`.
enum ProcessStatus {
    static func run(_ arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // Its output is read on a thread of its own: reading blocks.
            Thread.detachNewThread { continuation.resume(with: Result { try runNow(arguments) }) }
        }
    }

    private static func runNow(_ arguments: [String]) throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ps"] + arguments
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let line = complaint.prefix { $0 != UInt8(ascii: "\n") }
            throw RPCError(.invalidParameter, "ps: \(String(decoding: line, as: UTF8.self))")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
