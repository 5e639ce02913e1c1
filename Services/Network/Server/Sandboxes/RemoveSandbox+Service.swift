// The sequence that takes a container's network back.
import Contracts
import Logging
import ServiceKit

extension NetworkService {
    /// Frees what the container had; succeeds when there is nothing. A process of the container may still be in the
    /// namespace: it loses its interface at once, and the namespace goes with it.
    public func removeSandbox(_ request: RemoveSandbox.Request) async throws {
        let containerID = try SandboxPlan.checkedID(request.containerID)
        await takeTurn(containerID)
        defer { endTurn(containerID) }
        try await takeApart(containerID)
        if !request.keepsFiles {
            formerAddresses.forget(container: containerID)
            try SandboxFiles(layout: settings.layout, containerID: containerID).remove()
        }
    }

    /// First nothing leads to the container any more, then it is cut off, forgotten, and its address free. Its interfaces and
    /// namespace, which nobody can reach now, depart a little later; after a crash, the next start finds them without an owner.
    func takeApart(_ containerID: String) async throws {
        guard let sandbox = sandboxes[containerID] else { return }
        await updateProxy(from: sandbox, to: nil)
        ports.release(owner: containerID)
        try applyPorts(from: sandbox, to: nil)
        FaultPoint.reach("network.sandbox.unpublished")
        for endpoint in sandbox.endpoints where !endpoint.hostInterface.isEmpty {
            try kernel().netlink.disablePort(named: endpoint.hostInterface)
        }
        removeStacked(sandbox.endpoints, of: sandbox.row)
        FaultPoint.reach("network.sandbox.disconnected")
        try store.deleteSandbox(containerID)
        sandboxes[containerID] = nil
        refreshLinkedWays()
        try releaseAddresses(of: sandbox.endpoints)
        FaultPoint.reach("network.sandbox.forgotten")
        try await announce(from: sandbox, to: nil)
        if sandbox.row.mode == .own, let namespace = sandbox.row.namespace {
            await removals.add(NamespaceRemoval(pin: namespace, interfaces: sandbox.endpoints.map(\.hostInterface).filter { !$0.isEmpty }))
        }
    }
}
