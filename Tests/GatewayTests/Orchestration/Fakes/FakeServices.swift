// The image and network services, in memory.
import Contracts
import RPC

@testable import GatewayOrchestration

struct FakeImages: ImageService {
    static let imageID = "sha256:" + String(repeating: "a", count: 64)
    static let config = """
        {"architecture":"amd64","os":"linux","created":"2026-01-02T03:04:05Z","rootfs":{"type":"layers","diff_ids":["sha256:1"]},
         "config":{"Env":["PATH=/bin","LANG=C"],"Cmd":["sh"],"Labels":{"from":"image"},"ExposedPorts":{"80/tcp":{}},"WorkingDir":"/srv"}}
        """

    let world: FakeWorld

    var image: ImageRecord {
        ImageRecord(
            id: Self.imageID, tags: ["busybox:latest"], digests: [], config: Array(Self.config.utf8), manifestDigest: "", size: 100,
            lastTaggedAt: 0)
    }

    func inspect(_ name: String, _ context: RPCContext) async throws -> ImageRecord {
        try world.call("images.inspect")
        guard name == "busybox" || name == "busybox:latest" || name == Self.imageID else {
            throw RPCError(.notFound, "No such image: \(name)")
        }
        return image
    }

    func list(_ context: RPCContext) async throws -> [ImageRecord] {
        try world.call("images.list")
        return [image] + world.with { $0.otherImages }
    }

    func tag(_ request: TagImage.Request, _ context: RPCContext) async throws -> TagImage.Response {
        try world.call("images.tag")
        return TagImage.Response(imageID: Self.imageID)
    }

    func remove(_ request: RemoveImage.Request, _ context: RPCContext) async throws -> RemoveImage.Response {
        try world.call("images.remove")
        world.with { $0.removedImages.append(request.name) }
        return RemoveImage.Response(imageID: Self.imageID, steps: [.untagged(request.name), .deleted(Self.imageID)])
    }

    func prepareSnapshot(_ request: PrepareSnapshot.Request, _ context: RPCContext) async throws -> SnapshotRecord {
        world.with { _ = $0.snapshots.insert(request.containerID) }
        // Made before it fails, as when the answer got lost.
        try world.call("images.prepareSnapshot")
        return Self.snapshot(request.containerID)
    }

    func leaseImage(_ request: LeaseImage.Request, _ context: RPCContext) async throws -> LeaseImage.Response {
        let image = try await inspect(request.image, context)
        world.with { _ = $0.leases[request.containerID, default: []].insert(image.id) }
        return LeaseImage.Response(imageID: image.id, layers: ["/l2", "/l1"])
    }

    func watch(_ handler: @Sendable (WatchImages.Outbound) async -> Void) async throws {
        for notice in world.with({ $0.imageNotices }) { await handler(notice) }
    }

    static func snapshot(_ container: String) -> SnapshotRecord {
        SnapshotRecord(containerID: container, imageID: imageID, lower: ["/l2", "/l1"], upper: "/u", work: "/w")
    }

    func removeSnapshot(container: String, _ context: RPCContext) async throws {
        try world.call("images.removeSnapshot")
        world.with { state in
            state.snapshots.remove(container)
            state.leases[container] = nil
        }
    }

    func listSnapshots(_ context: RPCContext) async throws -> [SnapshotRecord] {
        try world.call("images.listSnapshots")
        return world.snapshots.map(Self.snapshot)
    }

    func measureSnapshot(container: String, _ context: RPCContext) async throws -> MeasureSnapshot.Response {
        try world.call("images.measureSnapshot")
        return MeasureSnapshot.Response(writable: world.with { $0.writable }, image: 100)
    }

    func importImage(
        _ request: ImportImage.Request, archive: ArchiveSource, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> ImportImage.Response {
        for try await _ in archive {}
        try world.call("images.import")
        return ImportImage.Response(imageID: Self.imageID)
    }

    func loadImages(
        _ request: LoadImages.Request, archive: ArchiveSource, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> LoadImages.Response {
        var bytes = 0
        for try await piece in archive { bytes += piece.count }
        try await progress(ImageProgress(stream: "Loaded \(bytes) bytes\n"))
        try world.call("images.load")
        return LoadImages.Response(imageIDs: [Self.imageID], tags: [])
    }

    func pushImage(
        _ request: PushImage.Request, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> PushImage.Response {
        try world.call("images.push")
        return PushImage.Response(images: [])
    }

    func logIn(_ request: LogIn.Request, _ context: RPCContext) async throws -> LogIn.Response {
        try world.call("images.login")
        return LogIn.Response(identityToken: "")
    }

    func searchImages(_ request: SearchImages.Request, _ context: RPCContext) async throws -> SearchImages.Response {
        try world.call("images.search")
        return SearchImages.Response(found: [
            .init(name: "a", description: "", stars: 5, isOfficial: true, isAutomated: false),
            .init(name: "b", description: "", stars: 2, isOfficial: false, isAutomated: false),
        ])
    }

    func inspectDistribution(
        _ request: InspectDistribution.Request, _ context: RPCContext
    ) async throws -> InspectDistribution.Response {
        try world.call("images.distribution.inspect")
        return InspectDistribution.Response(mediaType: "", digest: "", size: 0, platforms: [])
    }

    func pullImage(
        _ request: PullImage.Request, progress: @escaping ProgressSink, _ context: RPCContext
    ) async throws -> PullImage.Response {
        try world.call("images.pull")
        try await progress(ImageProgress(id: "latest", status: "Pulling from \(request.reference)"))
        return PullImage.Response(images: [.init(imageID: Self.imageID, reference: "busybox:latest", repository: "busybox")])
    }
}

struct FakeNetwork: NetworkService {
    static let networkID = String(repeating: "b", count: 64)
    let world: FakeWorld

    func list(_ context: RPCContext) async throws -> [NetworkRecord] {
        try world.call("network.list")
        return [
            NetworkRecord(
                id: Self.networkID, name: "bridge", driver: "bridge", createdAt: 1,
                pools: [.init(subnet: "172.17.0.0/16", gateway: "172.17.0.1")], options: [:]),
            NetworkRecord(id: String(repeating: "c", count: 64), name: "host", driver: "host", createdAt: 1, pools: [], options: [:]),
        ]
    }

    func create(_ request: CreateNetwork.Request, _ context: RPCContext) async throws -> CreateNetwork.Response {
        try world.call("network.create")
        let network = NetworkRecord(
            id: String(repeating: "d", count: 64), name: request.name, driver: "bridge", createdAt: 5, pools: request.pools,
            options: request.options)
        return CreateNetwork.Response(network: network, warnings: ["mind the gap"])
    }

    func remove(network id: String, _ context: RPCContext) async throws { try world.call("network.remove") }

    func watch(_ handler: @Sendable (NetworkNotice) async -> Void) async throws {
        for notice in world.with({ $0.notices }) { await handler(notice) }
    }

    func connectEndpoint(_ request: ConnectEndpoint.Request, _ context: RPCContext) async throws -> SandboxRecord {
        let record = world.with { state in
            var record = state.sandboxes[request.containerID]
            let index = record?.endpoints.count ?? 0
            record?.endpoints.append(Self.endpoint(request.endpoint.network, id: request.endpoint.network, index: index))
            state.sandboxes[request.containerID] = record
            return record
        }
        try world.call("network.connectEndpoint")
        guard let record else { throw RPCError(.notFound, "no sandbox") }
        return record
    }

    func disconnectEndpoint(container: String, network: String, _ context: RPCContext) async throws -> SandboxRecord? {
        try world.call("network.disconnectEndpoint")
        return world.with { state in
            state.sandboxes[container]?.endpoints.removeAll { $0.networkID == network }
            return state.sandboxes[container]
        }
    }

    func renameSandbox(container: String, to name: String, _ context: RPCContext) async throws -> SandboxRecord? {
        try world.call("network.renameSandbox")
        return world.with { $0.sandboxes[container] }
    }

    func relinkSandbox(container: String, to links: [SandboxLink], _ context: RPCContext) async throws {
        try world.call("network.relinkSandbox \(links.map(\.names))")
    }

    private static func endpoint(_ network: String, id: String, index: Int) -> EndpointRecord {
        EndpointRecord(
            networkName: network, networkID: id, endpointID: String(repeating: "e", count: 64), interface: "eth\(index)",
            macAddress: "02:00:00:00:00:01", ipv4Address: "172.17.0.2", ipv4PrefixLength: 16, ipv4Gateway: "172.17.0.1",
            dnsNames: network == "bridge" ? [] : ["web"], driver: "bridge")
    }

    func createSandbox(_ request: CreateSandbox.Request, _ context: RPCContext) async throws -> SandboxRecord {
        let endpoints = request.endpoints.enumerated().map { index, endpoint in
            Self.endpoint(endpoint.network, id: endpoint.network == "bridge" ? Self.networkID : endpoint.network, index: index)
        }
        let ports = request.ports.map(Self.published)
        let record = SandboxRecord(
            containerID: request.containerID, namespacePath: request.mode == .host ? "" : "/ns/\(request.containerID)",
            endpoints: endpoints, ports: ports, hostsPath: "/n/hosts", hostnamePath: "/n/hostname", resolvConfPath: "/n/resolv.conf")
        world.with { state in
            state.sandboxes[request.containerID] = record
            state.networkFiles.insert(request.containerID)
        }
        try world.call("network.createSandbox")
        return record
    }

    func publishPorts(_ ports: [PortBinding], container: String, _ context: RPCContext) async throws -> SandboxRecord {
        try world.call("network.publishPorts \(ports.map(\.hostPortFirst))")
        let record = world.with { state in
            state.sandboxes[container]?.ports = ports.map(Self.published)
            return state.sandboxes[container]
        }
        guard let record else { throw RPCError(.notFound, "no sandbox") }
        return record
    }

    private static func published(_ binding: PortBinding) -> PublishedPort {
        PublishedPort(
            containerPort: binding.containerPort, transport: binding.transport, hostAddress: "0.0.0.0",
            hostPort: max(binding.hostPortFirst, 1))
    }

    func removeSandbox(container: String, keepsFiles: Bool, _ context: RPCContext) async throws {
        try world.call("network.removeSandbox")
        world.with { state in
            state.sandboxes[container] = nil
            if !keepsFiles { state.networkFiles.remove(container) }
        }
    }

    func listSandboxes(_ context: RPCContext) async throws -> [SandboxRecord] {
        try world.call("network.listSandboxes")
        return world.with { Array($0.sandboxes.values) }
    }
}
