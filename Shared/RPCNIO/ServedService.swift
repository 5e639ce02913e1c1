// What all connections of a server share.
import Logging
import RPC

/// A service as its connections see it.
struct ServedService: Sendable {
    let name: String
    let version: String
    let limits: RPCLimits
    let methods: [String: RPCMethodTable.Entry]
    let servedUIDs: Set<UInt32>
    let tasks: TaskLedger
    let logger: Logger
}
