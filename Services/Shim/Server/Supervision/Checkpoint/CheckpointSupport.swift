// Which containers can be checkpointed at all.
import Contracts
import RPC

enum CheckpointSupport {
    /// Errors: notImplemented, with the reason.
    static func check(_ spec: ContainerSpec) throws(RPCError) {
        guard let reason = reason(against: spec) else { return }
        throw RPCError(.notImplemented, reason)
    }

    private static func reason(against spec: ContainerSpec) -> String? {
        if spec.process.terminal { return "checkpoint not support on containers with tty" }
        if spec.idMap != nil {
            return "a container with a user namespace of its own can't be checkpointed: its network belongs to that namespace, "
                + "which CRIU can't make again"
        }
        if spec.usesInit, spec.namespaces.pid == .own {
            return "a container with --init can't be checkpointed: its first process's program is outside of the container"
        }
        if spec.namespaces.pid != .own {
            return "a container that shares the processes of the host or of another container can't be checkpointed"
        }
        if case .path = spec.namespaces.ipc {
            return "a container that shares another one's IPC namespace can't be checkpointed"
        }
        return nil
    }
}
