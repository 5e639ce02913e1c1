// The sequence that publishes other ports of a running container.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Replaces a container's published ports. Errors as in the contract.
    public func publishPorts(_ request: PublishPorts.Request) async throws -> SandboxRecord {
        let containerID = try SandboxPlan.checkedID(request.containerID)
        await takeTurn(containerID)
        defer { endTurn(containerID) }
        guard let former = sandboxes[containerID] else {
            throw RPCError(.notFound, "container \(containerID) has no network sandbox")
        }
        guard former.row.mode == .own else {
            throw RPCError(.invalidParameter, "ports of a container without a network of its own can't be published")
        }
        var undo = UndoStack()
        do {
            let sandbox = try republish(former, request.ports, &undo)
            // The proxy lets go of ports that are still reserved: the stack has them.
            await updateProxy(from: former, to: sandbox)
            return withExtendedLifetime(undo) { record(of: sandbox) }
        } catch {
            undo.unwind { logger.error("can't undo a step", metadata: ["step": "\($0)", "error": "\($1)"]) }
            throw error
        }
    }

    private func republish(_ former: Sandbox, _ bindings: [PortBinding], _ undo: inout UndoStack) throws -> Sandbox {
        var sandbox = former
        let before = ports
        undo.push("take the ports back") { self.ports = before }
        sandbox.publications = []
        for position in sandbox.endpoints.indices { sandbox.endpoints[position].settings.openPorts = [] }
        ports.setAside(owner: former.row.containerID)
        defer { ports.forgetAside() }
        try reservePorts(bindings, of: &sandbox, &undo)
        let next = sandbox
        undo.push("restore the rules") { try self.applyPorts(from: next, to: former) }
        try applyPorts(from: former, to: sandbox)
        FaultPoint.reach("network.publish.applied")
        try store.update(sandbox)
        sandboxes[former.row.containerID] = sandbox
        FaultPoint.reach("network.publish.committed")
        return sandbox
    }
}
