// The sequence that gives a container its network. It is on the start path: no step waits for a disk or forks.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Makes a container's sandbox; an earlier one of the same container is removed first. Errors as in the contract.
    public func createSandbox(_ request: CreateSandbox.Request) async throws -> SandboxRecord {
        let gateways = settings.hostGateways.isEmpty ? (bridge?.subnets ?? []).compactMap(\.gateway) : settings.hostGateways
        let plan = try SandboxPlan(request, networks: networks, gateways: gateways)
            .completed(by: settings.lookups)
        await takeTurn(plan.containerID)
        defer { endTurn(plan.containerID) }
        try await takeApart(plan.containerID)
        let sandbox =
            switch plan.mode {
            case .own(let endpoints): try await createOwn(plan, endpoints)
            case .host: try createShared(plan)
            case .container(let donor): try join(plan, donor)
            }
        do {
            try await announce(from: nil, to: sandbox)
            await updateProxy(from: nil, to: sandbox)
            updateLinks(to: sandbox)
        } catch {
            try await takeApart(plan.containerID)
            throw error
        }
        await pool.refill()
        return record(of: sandbox)
    }

    private func createOwn(_ plan: SandboxPlan, _ endpoints: [EndpointPlan]) async throws -> Sandbox {
        let namespace = try await takeNamespace(endpoints.first.flatMap(stockNetwork), owner: plan.idMap)
        FaultPoint.reach("network.sandbox.namespace")
        var undo = UndoStack()
        do {
            return try establish(plan, endpoints, in: namespace, &undo)
        } catch {
            undo.unwind { logger.error("can't undo a step", metadata: ["step": "\($0)", "error": "\($1)"]) }
            await discard(namespace)
            throw error
        }
    }

    /// The endpoint's network, when an interface in stock can become this endpoint's: it has a name and a size already.
    private func stockNetwork(_ plan: EndpointPlan) -> ActiveNetwork? {
        guard let network = active[plan.networkID], bridge != nil, network.isBridge else { return nil }
        let fits =
            interfaceName(plan, on: network, position: 0, taken: []) == NamespaceFactory.firstInterface
            && network.attachment.mtu == settings.mtu
        return fits ? network : nil
    }

    private func takeNamespace(_ network: ActiveNetwork?, owner: IDMap?) async throws -> PreparedNamespace {
        do {
            return try await pool.take(attachedTo: network?.attachment, owner: owner)
        } catch {
            throw try network.flatMap { try refusal(of: $0, kernel().netlink) } ?? error
        }
    }

    private func establish(
        _ plan: SandboxPlan, _ endpoints: [EndpointPlan], in namespace: PreparedNamespace, _ undo: inout UndoStack
    ) throws -> Sandbox {
        let row = SandboxRow(
            containerID: plan.containerID, containerName: plan.containerName, mode: .own, namespace: namespace.name,
            filesOwner: plan.containerID, hostname: plan.hostname, domainname: plan.domainname, dns: plan.overrides,
            links: plan.links.isEmpty ? nil : plan.links, labels: plan.labels, nominal: nominal(plan))
        var sandbox = Sandbox(row: row, endpoints: [], publications: [])
        var place = EndpointPlace(path: namespace.path, socket: namespace.socket, interface: namespace.interface)
        for (position, endpoint) in endpoints.enumerated() {
            let name = interfaceName(endpoint, position: position, taken: sandbox.endpoints.map(\.interface))
            sandbox.endpoints.append(try attach(endpoint, of: row, position: position, interface: name, in: place, &undo))
            place.interface = nil
        }
        try setDefaultRoutes(of: sandbox, namespace.socket)
        FaultPoint.reach("network.sandbox.attached")
        try reservePorts(plan.ports, of: &sandbox, &undo)
        try writeFiles(plan, bridgedContent(plan, sandbox), &undo)
        FaultPoint.reach("network.sandbox.files")
        try publish(sandbox, &undo)
        FaultPoint.reach("network.sandbox.published")
        try commit(sandbox)
        return sandbox
    }

    /// What the interface is called: as the container or the network wants it, with the first number that is free.
    func interfaceName(_ plan: EndpointPlan, on network: ActiveNetwork? = nil, position: Int, taken: [String]) -> String {
        if let name = plan.interface { return name }
        let prefix = (network ?? active[plan.networkID])?.options.interfacePrefix ?? "eth"
        var number = position
        while taken.contains("\(prefix)\(number)") { number += 1 }
        return "\(prefix)\(number)"
    }

    private func publish(_ sandbox: Sandbox, _ undo: inout UndoStack) throws {
        guard !sandbox.publications.isEmpty || !sandbox.openPorts.isEmpty else { return }
        undo.push("unpublish ports") { try self.applyPorts(from: sandbox, to: nil) }
        try applyPorts(from: nil, to: sandbox)
    }

    private func discard(_ namespace: PreparedNamespace) async {
        do {
            try await dismantler.dismantle(pin: namespace.name, interfaces: namespace.interface.map { [$0.hostName] } ?? [])
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
            containerID: plan.containerID, containerName: plan.containerName, mode: .host, filesOwner: plan.containerID,
            labels: plan.labels, nominal: nominal(plan))
        let sandbox = Sandbox(row: row, endpoints: [], publications: [])
        try commit(sandbox)
        return sandbox
    }

    private func nominal(_ plan: SandboxPlan) -> NominalEndpoint? {
        plan.nominalNetworkID.map { NominalEndpoint(id: Hexadecimal.random(bytes: 32), networkID: $0) }
    }

    private func join(_ plan: SandboxPlan, _ donor: String) throws -> Sandbox {
        guard let other = sandboxes[donor], donor != plan.containerID else {
            throw RPCError(.conflict, "cannot join network of a non running container: \(donor)")
        }
        let row = SandboxRow(
            containerID: plan.containerID, containerName: plan.containerName, mode: .container, donor: donor,
            namespace: other.row.namespace, filesOwner: other.row.filesOwner, labels: plan.labels)
        let sandbox = Sandbox(row: row, endpoints: [], publications: [])
        try commit(sandbox)
        return sandbox
    }

    private func bridgedContent(_ plan: SandboxPlan, _ sandbox: Sandbox) throws -> SandboxFiles.Content {
        let host = try HostResolverTexts.read(settings.hostResolver)
        let hasResolver = sandbox.endpoints.contains { active[$0.networkID]?.isDefault == false }
        return SandboxFiles.Content(
            hosts: HostsFile.text(
                extraHosts: plan.extraHosts + entries(of: plan.links), addresses: sandbox.endpoints.flatMap(\.addresses).map { "\($0)" },
                hostname: plan.hostname, domainname: plan.domainname),
            hostname: "\(plan.hostname)\n",
            resolvConf: hasResolver ? host.embedded(plan.overrides).text : host.bridged(plan.overrides, hasIPv6: sandbox.hasIPv6))
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
