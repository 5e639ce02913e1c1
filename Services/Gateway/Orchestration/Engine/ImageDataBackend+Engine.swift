// The backend of the routes that take images out, make them of containers and account for everything.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

struct ImageDataFacade: ImageDataBackend {
    let engine: ContainerEngine

    func history(of name: String, context: RPCContext) async throws -> [ImageHistoryItem] {
        let image = try await engine.images.inspect(name, context)
        let layers = try await engine.images.measureStore(context).images.first { $0.id == image.id }?.layers ?? []
        let all = Dictionary(try await engine.images.list(context).map { ($0.id, $0) }) { first, _ in first }
        let ancestors = sequence(first: image) { all[$0.parent] }.dropFirst()
        return ImageHistory.items(image, try engine.imageConfigs.document(of: image), layers: layers, ancestors: Array(ancestors))
    }

    func saveImages(_ names: [String], context: RPCContext) async throws -> ByteStream {
        let work = StreamedWork<[UInt8]> { send in
            for id in try await engine.images.saveImages(names, take: send, context) { await engine.tellImage("save", id, name: id) }
        }
        // Read here, so that a failure before it becomes the answer's status.
        let first = FirstItem(try await work.next())
        return ByteStream(unfolding: {
            if let item = first.take() { return item }
            return try await work.next()
        })
    }

    func commit(_ options: CommitOptions, context: RPCContext) async throws -> String {
        let sequence = CommitSequence(engine: engine, options: options)
        return try await engine.actions.time(.container, "commit") { try await uncancelled { try await sequence.run(context) } }
    }

    func pruneImages(filters: Filters, context: RPCContext) async throws -> ImagesPruneReport {
        try await engine.actions.time(.image, "prune") { try await ImagePrune(engine: engine, filters: filters).run(context) }
    }

    func pruneBuildCache() async { engine.tellPrune(.builder, reclaimed: 0) }

    func diskUsage(_ query: DiskUsageQuery, context: RPCContext) async throws -> DiskUsageReport {
        var report = DiskUsageReport()
        if query.kinds.contains(.image) { try await describeImages(&report, context) }
        if query.kinds.contains(.container) {
            var containers = ContainerListQuery(all: true, size: true)
            if !query.labels.isEmpty { containers.filters = Filters(["label": query.labels.map { "\($0.key)=\($0.value)" }.sorted()]) }
            report.containers = try await engine.list(containers, context).map(\.summary)
        }
        if query.kinds.contains(.volume) { report.volumes = try await volumes(with: query.labels, context) }
        if query.isVerbose { report.bytes = try await engine.images.classifyBytes(context) }
        return report
    }

    private func describeImages(_ report: inout DiskUsageReport, _ context: RPCContext) async throws {
        let measured = try await engine.images.measureStore(context)
        let shared = Dictionary(measured.images.map { ($0.id, $0.shared) }) { first, _ in first }
        var images = try await ImageFacade(engine: engine).listImages(ImageListQuery(all: false), context: context)
        for index in images.indices { images[index].sharedSize = shared[images[index].id] ?? 0 }
        report.layersSize = measured.layersSize
        report.images = images
    }

    private func volumes(with labels: [String: String], _ context: RPCContext) async throws -> [VolumeInfo] {
        let all = try await engine.images.listVolumes(context)
        let records = all.filter { record in labels.allSatisfy { record.labels[$0.key] == $0.value } }
        let sizes = try await engine.images.measureVolumes(records.map(\.name), context)
        let uses = engine.volumeUses
        return records.map { record in
            var info = record.info
            info.usageData = .init(refCount: Int64(uses[record.name]?.count ?? 0), size: sizes[record.name] ?? -1)
            return info
        }
    }
}
