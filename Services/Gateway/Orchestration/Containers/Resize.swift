// Resize: the terminal of a container's first process.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Does nothing for a container without a terminal. Errors: conflict when it isn't running.
    func resize(_ live: LiveContainer, to size: ConsoleSize, _ context: RPCContext) async throws {
        let record = try current(live)
        guard record.state.process != nil else { throw Self.notRunning(record.id) }
        guard record.config.tty else { return }
        let request = ResizeTerminal.Request(size: TerminalSize(columns: size.columns, rows: size.rows))
        try await shim(of: live).resize(request, context)
        tell("resize", record, ["height": "\(size.rows)", "width": "\(size.columns)"])
    }
}
