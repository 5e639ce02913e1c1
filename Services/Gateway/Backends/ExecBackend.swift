// What the exec routes need of the engine.
import Models
import RPC

/// Processes run in containers besides their first. Errors: notFound (`No such exec instance: x`), conflict.
public protocol ExecBackend: Sendable {
    /// Returns the exec's ID. Errors: conflict when the container is paused, restarting or not running.
    func createExec(in containerID: String, _ request: ExecCreateRequest, context: RPCContext) async throws -> String
    /// Checks that the exec can be started with its streams. Errors: conflict when it has been started, or its container isn't running.
    func prepareExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws -> PreparedStream
    /// Starts without streams; returns once the process has been executed.
    func startDetachedExec(_ id: String, _ request: ExecStartRequest, context: RPCContext) async throws
    /// Returns once an exec whose streams have ended is known to have exited, which is a matter of a moment, or after a bounded time:
    /// its process may have given its streams up and live on.
    func settleExec(_ id: String) async
    func inspectExec(_ id: String, context: RPCContext) async throws -> ExecInspect
    /// Waits, for a bounded time, for an exec that is being started.
    func resizeExec(_ id: String, to size: ConsoleSize, context: RPCContext) async throws
}
