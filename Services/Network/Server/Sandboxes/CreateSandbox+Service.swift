// The sequence that gives a container its network. It is on the start path: no step waits for a disk or forks.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Makes a container's sandbox; an earlier one of the same container is removed first. Errors as in the contract.
    public func createSandbox(_ request: CreateSandbox.Request) async throws -> SandboxRecord {
        let plan = try SandboxPlan(request, networks: networks, gateway: bridge?.gateway)
        await takeTurn(plan.containerID)
        defer { endTurn(plan.containerID) }
        try await takeApart(plan.containerID)
        let sandbox = switch plan.mode {
        case .own(let attachment): try await createOwn(plan, attachment)
        case .host: try createShared(plan)
        case .container(let donor): try join(plan, donor)
        }
        await pool.refill()
        return record(of: sandbox)
    }

    private func createOwn(_ plan: SandboxPlan, _ attachment: SandboxPlan.Attachment?) async throws -> Sandbox {
        let namespace = try await pool.take(withInterface: attachment != nil)
        FaultPoint.reach("network.sandbox.namespace")
        var undo = UndoStack()
        do {
            return try establish(plan, attachment, in: namespace, &undo)
        } catch {
            undo.unwind { logger.error("can't undo a step", metadata: ["step": "\($0)", "error": "\($1)"]) }
            await discard(namespace)
            throw error
        }
    }

    private func establish(
        _ plan: SandboxPlan, _ attachment: SandboxPlan.Attachment?, in namespace: PreparedNamespace, _ undo: inout UndoStack
    ) throws -> Sandbox {
        let endpoint = try attachment.map { try attach(plan, $0, to: namespace, &undo) }
        FaultPoint.reach("network.sandbox.attached")
        let publications = try reservePorts(plan, endpoint, &undo)
        try writeFiles(plan, bridgedContent(plan, address: endpoint?.ipv4), &undo)
        FaultPoint.reach("network.sandbox.files")
        try publish(publications, &undo)
        FaultPoint.reach("network.sandbox.published")
        let sandbox = Sandbox(
            row: SandboxRow(
                containerID: plan.containerID, containerName: plan.containerName, mode: .own, namespace: namespace.name,
                filesOwner: plan.containerID),
            endpoints: endpoint.map { [$0] } ?? [], publications: publications)
        try commit(sandbox)
        return sandbox
    }

    /// An address, a MAC and a default route: three messages to the kernel.
    private func attach(
        _ plan: SandboxPlan, _ attachment: SandboxPlan.Attachment, to namespace: PreparedNamespace, _ undo: inout UndoStack
    ) throws -> EndpointRow {
        guard let bridge, let interface = namespace.interface else { throw RPCError(.unavailable, "the default bridge isn't up") }
        let address = try ipam.requestAddress(bridge.pool)
        undo.push("release \(address)") { try self.ipam.releaseAddress(bridge.pool, address.address) }
        let mac = attachment.mac ?? .random()
        try namespace.socket.addAddress(address, toLink: interface.index)
        try namespace.socket.activateLink(index: interface.index, mac: mac)
        try namespace.socket.addDefaultRoute(via: bridge.gateway, link: interface.index)
        return EndpointRow(
            id: Hexadecimal.random(bytes: 32), containerID: plan.containerID, networkID: attachment.networkID, position: 0,
            interface: interface.name, hostInterface: interface.hostName, mac: "\(mac)", ipv4: "\(address.address)")
    }

    /// Without an endpoint there is nothing to publish, as with Docker's network mode none.
    private func reservePorts(_ plan: SandboxPlan, _ endpoint: EndpointRow?, _ undo: inout UndoStack) throws -> [Publication] {
        guard let address = endpoint.flatMap({ IPAddress($0.ipv4) }), !plan.ports.isEmpty else { return [] }
        let publications = try ports.publish(plan.ports, to: address, owner: plan.containerID)
        undo.push("release ports") { self.ports.release(owner: plan.containerID) }
        return publications
    }

    private func publish(_ publications: [Publication], _ undo: inout UndoStack) throws {
        guard !publications.isEmpty else { return }
        try applyRules(ruleSet.additions(of: publications))
        undo.push("unpublish ports") { try self.applyRules(self.ruleSet.removals(of: publications)) }
        forgetFlows(throughPortsOf: publications)
    }

    private func discard(_ namespace: PreparedNamespace) async {
        do {
            try await wreckers.dismantle(pin: namespace.name, interfaces: namespace.interface.map { [$0.hostName] } ?? [])
        } catch {
            logger.error("can't dismantle a namespace", metadata: ["namespace": "\(namespace.name)", "error": "\(error)"])
        }
    }
}

extension NetworkService {
    private func createShared(_ plan: SandboxPlan) throws -> Sandbox {
        var undo = UndoStack()
        let host = try TextFile.read("/etc/hosts", limit: Self.fileLimit) ?? ""
        let resolver = try TextFile.read(ResolvConf.hostPath, limit: Self.fileLimit) ?? ""
        let content = SandboxFiles.Content(
            hosts: HostsFile.text(ofHost: host, extraHosts: plan.extraHosts), hostname: "\(plan.hostname)\n",
            resolvConf: ResolvConf.shared(host: resolver, overrides: plan.overrides))
        try writeFiles(plan, content, &undo)
        let row = SandboxRow(
            containerID: plan.containerID, containerName: plan.containerName, mode: .host, filesOwner: plan.containerID)
        let sandbox = Sandbox(row: row, endpoints: [], publications: [])
        try commit(sandbox)
        return sandbox
    }

    private func join(_ plan: SandboxPlan, _ donor: String) throws -> Sandbox {
        guard let other = sandboxes[donor], donor != plan.containerID else {
            throw RPCError(.notFound, "cannot join network namespace of a non running container: \(donor)")
        }
        let row = SandboxRow(
            containerID: plan.containerID, containerName: plan.containerName, mode: .container, donor: donor,
            namespace: other.row.namespace, filesOwner: other.row.filesOwner)
        let sandbox = Sandbox(row: row, endpoints: [], publications: [])
        try commit(sandbox)
        return sandbox
    }

    private func bridgedContent(_ plan: SandboxPlan, address: String?) throws -> SandboxFiles.Content {
        let host = try TextFile.read(ResolvConf.hostPath, limit: Self.fileLimit) ?? ""
        let resolved = try TextFile.read(ResolvConf.resolvedPath, limit: Self.fileLimit)
        return SandboxFiles.Content(
            hosts: HostsFile.text(
                extraHosts: plan.extraHosts, addresses: address.map { [$0] } ?? [], hostname: plan.hostname, domainname: plan.domainname),
            hostname: "\(plan.hostname)\n",
            resolvConf: ResolvConf.bridged(host: host, resolved: resolved, overrides: plan.overrides))
    }

    private func writeFiles(_ plan: SandboxPlan, _ content: SandboxFiles.Content, _ undo: inout UndoStack) throws {
        let files = SandboxFiles(layout: settings.layout, containerID: plan.containerID)
        undo.push("remove files") { try files.remove() }
        try files.write(content)
    }

    /// The last step: what isn't recorded is taken away again when the service starts.
    private func commit(_ sandbox: Sandbox) throws {
        try store.insert(sandbox)
        sandboxes[sandbox.row.containerID] = sandbox
        FaultPoint.reach("network.sandbox.committed")
    }

    /// Of a host's file: more than any has.
    private static let fileLimit = 1 << 20
}
