// Links of the default network: other containers' addresses in a container's hosts file, and the ways to them where there are no others.
import Contracts
import Logging

extension NetworkService {
    /// A line for each address of each linked container that is there.
    func entries(of links: [SandboxLink]) -> [HostsFile.Entry] {
        links.flatMap { link in
            (sandboxes[link.containerID].map(defaultAddresses) ?? []).map { HostsFile.Entry(address: "\($0)", names: link.names) }
        }
    }

    /// Replaces a sandbox's links; what the file says of those that go is taken out.
    public func relinkSandbox(_ request: RelinkSandbox.Request) async throws {
        let containerID = try SandboxPlan.checkedID(request.containerID)
        await takeTurn(containerID)
        defer { endTurn(containerID) }
        guard var sandbox = sandboxes[containerID], sandbox.row.mode == .own else { return }
        let gone = (sandbox.row.links ?? []).filter { !request.links.contains($0) }
        sandbox.row.links = request.links.isEmpty ? nil : request.links
        try store.update(sandbox)
        sandboxes[containerID] = sandbox
        for link in gone { tell(sandbox, of: link, at: []) }
        refreshLinkedWays()
    }

    /// Tells those that are linked to a container where it is now. Their files are theirs: one that can't be written stays as it is.
    func updateLinks(to sandbox: Sandbox) {
        let id = sandbox.row.containerID
        for other in sandboxes.values {
            for link in other.row.links ?? [] where link.containerID == id { tell(other, of: link, at: defaultAddresses(of: sandbox)) }
        }
        refreshLinkedWays()
    }

    private func tell(_ sandbox: Sandbox, of link: SandboxLink, at addresses: [IPAddress]) {
        do {
            let path = SandboxFiles(layout: settings.layout, containerID: sandbox.row.filesOwner).hosts
            guard let text = try TextFile.read(path, limit: HostResolverTexts.limit) else { return }
            let next = HostsFile.text(of: text, naming: link.names, addresses: addresses.map { "\($0)" })
            if next != text { try TextFile.write(next, to: path) }
        } catch {
            logger.warning(
                "a link can't be brought up to date",
                metadata: [
                    "container": "\(sandbox.row.containerID)", "error": "\(error)",
                ])
        }
    }

    private func defaultAddresses(of sandbox: Sandbox) -> [IPAddress] {
        sandbox.endpoints.first { $0.networkID == defaultNetworkID }?.addresses ?? []
    }
}

extension NetworkService {
    /// Ways between linked containers as they should be now: none where all reach each other anyway.
    var linkedWays: Set<LinkedWay> {
        guard let bridge, !bridge.options.connectsContainers else { return [] }
        return Set(
            sandboxes.values.flatMap { sandbox -> [LinkedWay] in
                let sources = sandbox.row.links == nil ? [] : defaultAddresses(of: sandbox).filter { $0.family == .v4 }
                return sources.flatMap { source in (sandbox.row.links ?? []).flatMap { ways(from: source, by: $0) } }
            })
    }

    private func ways(from source: IPAddress, by link: SandboxLink) -> [LinkedWay] {
        let targets = sandboxes[link.containerID].map(defaultAddresses)?.filter { $0.family == .v4 } ?? []
        return targets.flatMap { target in
            (link.ports ?? []).map { LinkedWay(source: source, target: target, transport: $0.transport, port: $0.port) }
        }
    }

    /// Opens and closes ways where that has changed. A link that can't be opened is a container's that runs all the same.
    func refreshLinkedWays() {
        let wanted = linkedWays
        guard wanted != openWays else { return }
        let (closed, opened) = (openWays.subtracting(wanted), wanted.subtracting(openWays))
        openWays = wanted
        do {
            try applyRules([changes.removals(of: closed), changes.additions(of: opened)].filter { !$0.isEmpty }.joined(separator: "\n"))
        } catch {
            logger.error("links can't be brought up to date", metadata: ["error": "\(error)"])
        }
    }
}
