// Resize: the terminal of a container's first process.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Only tells about it when the container has no terminal. Errors: conflict when it isn't running.
    func resize(_ live: LiveContainer, to size: ConsoleSize, _ context: RPCContext) async throws {
        let record = try current(live)
        guard record.state.process != nil else { throw Self.notRunning(record.id) }
        if record.config.tty {
            let request = ResizeTerminal.Request(size: TerminalSize(columns: size.columns, rows: size.rows))
            try await shim(of: live).resize(request, context)
        }
        tell("resize", record, ["height": "\(size.rows)", "width": "\(size.columns)"])
    }
}
