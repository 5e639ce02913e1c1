// Tells the resolver who is on which user-defined network, and whose lookups it is to answer.
import Contracts
import Logging

extension NetworkService {
    /// Brings the resolver from one state of a sandbox to another; nil stands for none. What doesn't concern it costs nothing.
    func announce(from former: Sandbox?, to sandbox: Sandbox?) async throws {
        let before = members(of: former)
        let after = members(of: sandbox)
        for (network, member) in before where after[network] == nil {
            await resolver.leave(network: network, container: member.containerID)
        }
        await enroll(after.filter { before[$0] != $1 })
        if sandbox == nil, let former, !before.isEmpty || served.contains(former.row.containerID) {
            served.remove(former.row.containerID)
            await resolver.dismiss(former.row.containerID)
        }
        if let sandbox, let namespace = sandbox.row.namespace, !after.isEmpty || served.contains(sandbox.row.containerID) {
            served.insert(sandbox.row.containerID)
            let path = "\(settings.layout.networkNamespaces)/\(namespace)"
            try await resolver.serve(try client(of: sandbox), namespace: namespace, path: path)
        }
    }

    private func enroll(_ members: [String: NetworkMember]) async {
        for (network, member) in members {
            await resolver.join(network: network, named: active[network]?.name ?? network, member)
        }
    }

    /// As `announce`, for changes that are done already: a container whose lookups fail is better than half a change.
    func announceChange(from former: Sandbox, to sandbox: Sandbox) async {
        await updateProxy(from: former, to: sandbox)
        updateLinks(to: sandbox)
        do {
            try refreshResolvConf(from: former, to: sandbox)
            try await announce(from: former, to: sandbox)
        } catch {
            logger.error(
                "a container's lookups don't follow its networks",
                metadata: [
                    "container": "\(sandbox.row.containerID)", "error": "\(error)",
                ])
        }
    }

    /// After a start of the service. Everybody is known before the first of the queries that wait is answered; what an earlier
    /// process left for sandboxes that are gone is closed.
    func announceAll() async throws {
        for sandbox in sandboxes.values { await enroll(members(of: sandbox)) }
        for sandbox in sandboxes.values { try await announce(from: nil, to: sandbox) }
        await resolver.forgetStrangers()
    }

    /// By the ID of each user-defined network the sandbox is on.
    private func members(of sandbox: Sandbox?) -> [String: NetworkMember] {
        guard let sandbox, sandbox.row.mode == .own else { return [:] }
        let endpoints = sandbox.endpoints.filter { active[$0.networkID]?.isDefault == false }
        return Dictionary(
            endpoints.map { endpoint in
                (
                    endpoint.networkID,
                    NetworkMember(
                        containerID: sandbox.row.containerID, names: endpoint.settings.dnsNames, addresses: endpoint.addresses)
                )
            }, uniquingKeysWith: { $1 })
    }

    private func client(of sandbox: Sandbox) throws -> ResolverClient {
        let overrides = sandbox.row.dns ?? ResolvConf.Overrides()
        let endpoints = sandbox.endpoints.sorted { $0.position < $1.position }.filter { active[$0.networkID]?.isDefault == false }
        var client = ResolverClient(
            id: sandbox.row.containerID,
            memberships: endpoints.map { endpoint in
                let links = endpoint.settings.links.map {
                    ($0.alias.lowercased(), ResolverClient.Link(name: $0.name?.lowercased(), containerID: $0.containerID))
                }
                return ResolverClient.Membership(networkID: endpoint.networkID, links: Dictionary(links, uniquingKeysWith: { $1 }))
            })
        client.servers = overrides.nameservers.compactMap { IPAddress($0) }
        client.hasIPv6 = sandbox.exit(.v6, networks: active) != nil
        client.isConfined = sandbox.endpoints.allSatisfy { active[$0.networkID]?.isInternal ?? false }
        client.keepsShortNames = try HostResolverTexts.read(settings.hostResolver).embedded(overrides).keepsShortNames
        return client
    }

    /// A container that gets onto its first user-defined network looks names up at the engine's resolver from now on, unless
    /// somebody has edited its file.
    private func refreshResolvConf(from former: Sandbox, to sandbox: Sandbox) throws {
        guard members(of: former).isEmpty, !members(of: sandbox).isEmpty else { return }
        let path = SandboxFiles(layout: settings.layout, containerID: sandbox.row.filesOwner).resolvConf
        let host = try HostResolverTexts.read(settings.hostResolver)
        let overrides = sandbox.row.dns ?? ResolvConf.Overrides()
        let text = try TextFile.read(path, limit: HostResolverTexts.limit)
        // It was written when the container may have had other networks.
        guard [true, false].contains(where: { text == host.bridged(overrides, hasIPv6: $0) }) else { return }
        try TextFile.write(host.embedded(overrides).text, to: path)
    }
}

/// What the host's files about name servers say.
struct HostResolverTexts {
    let host: String
    let resolved: String?

    /// More than any has.
    static let limit = 1 << 20

    /// `path` is that of resolv.conf. Throws `KernelError`.
    static func read(_ path: String) throws -> HostResolverTexts {
        HostResolverTexts(
            host: try TextFile.read(path, limit: limit) ?? "", resolved: try TextFile.read(ResolvConf.resolvedPath, limit: limit))
    }

    func embedded(_ overrides: ResolvConf.Overrides) -> ResolvConf {
        ResolvConf.embedded(host: host, resolved: resolved, overrides: overrides)
    }

    func bridged(_ overrides: ResolvConf.Overrides, hasIPv6: Bool) -> String {
        ResolvConf.bridged(host: host, resolved: resolved, overrides: overrides, hasIPv6: hasIPv6)
    }
}
