// The sequences that put a running container on one more network, and take it off one.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Puts a container on a network. Errors as in the contract. What isn't recorded when the service ends is taken away again.
    public func connectEndpoint(_ request: ConnectEndpoint.Request) async throws -> SandboxRecord {
        let containerID = try SandboxPlan.checkedID(request.containerID)
        await takeTurn(containerID)
        defer { endTurn(containerID) }
        let former = try connectable(containerID)
        let plan = try EndpointPlan(request.endpoint, networks: networks)
        guard !former.endpoints.contains(where: { $0.networkID == plan.networkID }) else {
            throw RPCError(
                .forbidden, "endpoint with name \(former.row.containerName) already exists in network \(request.endpoint.network)")
        }
        var undo = UndoStack()
        do {
            let sandbox = try connect(former, plan, request.ports, &undo)
            await announceChange(from: former, to: sandbox)
            return record(of: sandbox)
        } catch {
            undo.unwind { logger.error("can't undo a step", metadata: ["step": "\($0)", "error": "\($1)"]) }
            throw error
        }
    }

    private func connectable(_ containerID: String) throws -> Sandbox {
        guard let sandbox = sandboxes[containerID] else {
            throw RPCError(.notFound, "container \(containerID) has no network sandbox")
        }
        guard sandbox.row.mode == .own, sandbox.row.namespace != nil else {
            throw RPCError(
                .invalidParameter,
                "container sharing network namespace with another container or host cannot be connected to any other network")
        }
        return sandbox
    }

    private func connect(
        _ former: Sandbox, _ plan: EndpointPlan, _ bindings: [PortBinding], _ undo: inout UndoStack
    ) throws -> Sandbox {
        let place = try endpointPlace(of: former)
        var sandbox = former
        let position = (former.endpoints.map(\.position).max() ?? -1) + 1
        let name = interfaceName(plan, position: 0, taken: former.endpoints.map(\.interface))
        sandbox.endpoints.append(
            try attach(plan, of: former.row, position: position, interface: name, in: place, &undo))
        FaultPoint.reach("network.connect.attached")
        let attached = sandbox
        undo.push("restore default routes") { try self.setDefaultRoutes(of: former, place.socket, replacing: attached) }
        try setDefaultRoutes(of: sandbox, place.socket, replacing: former)
        try movePorts(from: former, to: &sandbox, bindings, &undo)
        FaultPoint.reach("network.connect.published")
        try adapt(former, to: sandbox, &undo)
        FaultPoint.reach("network.connect.committed")
        return sandbox
    }

    /// Ports follow the way out; a container that had none before gets its ports now.
    private func movePorts(
        from former: Sandbox, to sandbox: inout Sandbox, _ bindings: [PortBinding], _ undo: inout UndoStack
    ) throws {
        if former.publications.isEmpty, former.openPorts.isEmpty {
            try reservePorts(bindings, of: &sandbox, &undo)
        } else {
            let targets = former.publications.map(\.containerAddress)
            undo.push("lead ports back") { _ = self.ports.retarget(owner: former.row.containerID, to: targets) }
            redirectPorts(of: &sandbox)
        }
        let next = sandbox
        undo.push("restore ports") { try self.applyPorts(from: next, to: former) }
        try applyPorts(from: former, to: sandbox)
    }

    func endpointPlace(of sandbox: Sandbox) throws -> EndpointPlace {
        let path = "\(settings.layout.networkNamespaces)/\(sandbox.row.namespace ?? "")"
        return EndpointPlace(path: path, socket: try visit.inside(path) { try NetlinkSocket() })
    }

    /// Finishes a disconnection that the end of the service interrupted: ports and default routes follow the way out that is left.
    func adapt(_ former: Sandbox, toLoss sandbox: Sandbox) {
        var sandbox = sandbox
        redirectPorts(of: &sandbox)
        var undo = UndoStack()
        do {
            try setDefaultRoutes(of: sandbox, endpointPlace(of: sandbox).socket)
            try adapt(former, to: sandbox, &undo)
        } catch {
            logger.error(
                "a container's network is not what it should be",
                metadata: [
                    "container": "\(sandbox.row.containerID)", "error": "\(error)",
                ])
        }
    }

    /// Records a sandbox's new state, and tells the container's hosts file.
    private func adapt(_ former: Sandbox, to sandbox: Sandbox, _ undo: inout UndoStack) throws {
        undo.push("restore the hosts file") { try self.writeAddresses(from: sandbox, to: former) }
        try writeAddresses(from: former, to: sandbox)
        try commit(change: sandbox)
    }

    private func commit(change sandbox: Sandbox) throws {
        try store.update(sandbox)
        sandboxes[sandbox.row.containerID] = sandbox
    }

    /// Lines of other origin stay as they are.
    private func writeAddresses(from former: Sandbox, to sandbox: Sandbox) throws {
        let path = SandboxFiles(layout: settings.layout, containerID: sandbox.row.filesOwner).hosts
        guard let text = try TextFile.read(path, limit: Self.hostsLimit), !sandbox.row.hostname.isEmpty else { return }
        let (before, after) = (former.endpoints.flatMap(\.addresses), sandbox.endpoints.flatMap(\.addresses))
        let next = HostsFile.text(
            of: text, removing: before.filter { !after.contains($0) }.map { "\($0)" },
            adding: after.filter { !before.contains($0) }.map { "\($0)" }, hostname: sandbox.row.hostname,
            domainname: sandbox.row.domainname)
        if next != text { try TextFile.write(next, to: path) }
    }

    private static let hostsLimit = 1 << 20
}

extension NetworkService {
    /// Takes a container off a network; succeeds when it isn't on it. A crash half-way leaves a record without a cable, which the
    /// next start forgets.
    public func disconnectEndpoint(_ request: DisconnectEndpoint.Request) async throws -> SandboxRecord? {
        let containerID = try SandboxPlan.checkedID(request.containerID)
        await takeTurn(containerID)
        defer { endTurn(containerID) }
        guard let former = sandboxes[containerID] else { return nil }
        let wanted = networks.first { $0.id == request.network } ?? networks.first { $0.name == request.network }
        var sandbox = former
        if let nominal = former.row.nominal, nominal.networkID == wanted?.id {
            sandbox.row.nominal = nil
            try commit(change: sandbox)
            return record(of: sandbox)
        }
        guard let leaving = former.endpoints.first(where: { $0.networkID == wanted?.id }) else { return record(of: former) }
        sandbox.endpoints.removeAll { $0.id == leaving.id }
        redirectPorts(of: &sandbox)
        try applyPorts(from: former, to: sandbox)
        FaultPoint.reach("network.disconnect.unpublished")
        removeStacked([leaving], of: sandbox.row)
        try await dismantler.remove(interfaces: [leaving.hostInterface].filter { !$0.isEmpty })
        FaultPoint.reach("network.disconnect.detached")
        try setDefaultRoutes(of: sandbox, endpointPlace(of: sandbox).socket)
        var undo = UndoStack()
        try adapt(former, to: sandbox, &undo)
        try releaseAddresses(of: [leaving])
        FaultPoint.reach("network.disconnect.committed")
        await announceChange(from: former, to: sandbox)
        return record(of: sandbox)
    }

    /// Gives a container another name, by which it is found from now on. Returns nil when it has no sandbox.
    public func renameSandbox(_ request: RenameSandbox.Request) async throws -> SandboxRecord? {
        let containerID = try SandboxPlan.checkedID(request.containerID)
        await takeTurn(containerID)
        defer { endTurn(containerID) }
        guard let former = sandboxes[containerID] else { return nil }
        var sandbox = former
        sandbox.row.containerName = request.containerName
        for position in sandbox.endpoints.indices {
            guard let network = active[sandbox.endpoints[position].networkID] else { continue }
            let aliases = sandbox.endpoints[position].settings.aliases
            sandbox.endpoints[position].settings.dnsNames = names(of: sandbox.row, aliases: aliases, on: network)
        }
        try store.update(sandbox)
        sandboxes[containerID] = sandbox
        await announceChange(from: former, to: sandbox)
        return record(of: sandbox)
    }
}
