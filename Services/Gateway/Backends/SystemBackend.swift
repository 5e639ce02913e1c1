// What the system routes need of the engine.
import Models
import RPC

/// The engine as a whole.
public protocol SystemBackend: Sendable {
    func version(context: RPCContext) async throws -> SystemVersion
    /// Answers even when another service doesn't, with a warning that says so.
    func info(context: RPCContext) async throws -> SystemInfo
    /// Prometheus' text form; asks no other service.
    func metrics(context: RPCContext) async -> String
}
