// The end of a container whose shim doesn't answer: stopped by a debugger, or hanging in the kernel.
import Contracts
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

/// The shim is killed, and the container with it. The rest is as with any shim that was lost.
struct ForcedEnd: Sendable {
    /// How long a shim may take to send a signal before it counts as one that doesn't answer.
    static let patience = Duration.seconds(5)
    /// For a shim that is killed, and its container's processes.
    private static let deadline = Duration.seconds(10)

    let engine: ContainerEngine
    let live: LiveContainer

    /// Returns once both are killed; the watch of the container tells of its end.
    /// Errors: `internalError` when the shim hangs in the kernel; the container's processes are killed all the same.
    func run(_ end: EndRequest) async throws {
        engine.logger.warning("A shim doesn't answer and is killed", metadata: ["container": "\(live.id)"])
        live.forcedEnd = end
        let request = KillShim.Request(
            containerID: live.id, root: engine.layout.root, run: engine.layout.run, cgroupParent: engine.cgroupParent(of: live.id))
        let shim = try await engine.shims.fresh()
        do {
            try await shim.kill(request, .fresh(timeout: Self.deadline))
        } catch let error as RPCError where error.code == .notFound {
            // It ended by itself, or has for long.
            live.forcedEnd = nil
        } catch {
            live.forcedEnd = nil
            await shim.close()
            throw error
        }
        await shim.close()
    }

    /// The same for one that is being started: the start fails of it.
    func runForStart(_ end: EndRequest) async throws {
        defer { live.forcedEnd = nil }
        try await run(end)
    }

    /// How a container ended that was killed with its shim.
    static func record(_ end: EndRequest, startedAt: Int64, finishedAt: Int64) -> ExitRecord {
        ExitRecord(
            exitCode: 128 + SignalName.kill, signal: SignalName.kill, startedAt: startedAt, finishedAt: finishedAt,
            message: "the container's shim did not answer, and was killed with the container",
            cause: ExitCause(end.isTimeout ? .stopTimeout : .requested, signal: "KILL", request: end.verb.rawValue))
    }
}

extension ContainerEngine {
    func cgroupParent(of id: String) -> String {
        let parent = store[id]?.hostConfig.cgroupParent ?? ""
        return parent.isEmpty ? configuration.cgroupParent : parent
    }
}
