// Which container's shim a command is about.
import ArgumentParser
import Contracts
import RPC
import RPCNIO

struct ShimChoice: ParsableArguments {
    @OptionGroup var engine: EngineOptions

    @Argument(help: "The container's ID, or the beginning of it.")
    var id: String

    /// Errors: a validation error when no ID begins so, or several do.
    func layout() throws -> (EngineLayout, id: String) {
        let layout = try engine.runningEngine().layout
        let matches = ShimScan(layout: layout).containerIDs().filter { $0.hasPrefix(id) }
        guard let match = matches.first else { throw ValidationError("no shim of a container '\(id)'; berthctl shim ls lists them") }
        guard matches.count == 1 else { throw ValidationError("\(matches.count) containers' IDs begin with '\(id)'; give more of it") }
        return (layout, match)
    }

    /// Calls `body` with a connection to the container's shim.
    func connected<Result>(_ body: (RPCConnection, String) async throws -> Result) async throws -> Result {
        let (layout, id) = try layout()
        let connection = try await ShimScan(layout: layout).connect(id)
        do {
            let result = try await body(connection, id)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}
