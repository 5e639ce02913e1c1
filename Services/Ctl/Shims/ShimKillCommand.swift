// berthctl shim kill: sends a signal through a container's shim.
import ArgumentParser
import Contracts
import RPC
import RPCNIO

struct ShimKillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Sends a signal to a container, which isn't started again then.")

    @OptionGroup var choice: ShimChoice

    @Option(name: .shortAndLong, help: "A name or a number.")
    var signal = "KILL"

    @Flag(help: "Leave the restart policy in force.")
    var restart = false

    func run() async throws {
        let number = try Self.number(signal)
        try await choice.connected { connection, id in
            let end = restart ? nil : EndRequest(.kill, caller: "berthctl")
            _ = try await connection.call(
                SignalContainer.self, .init(signal: number, end: end), context: .fresh(timeout: ShimScan.timeout))
            print(id)
        }
    }

    /// Errors: a validation error for what is no signal.
    static func number(_ text: String) throws -> Int32 {
        do { return try SignalName.parse(text) } catch { throw ValidationError(error.message) }
    }
}
