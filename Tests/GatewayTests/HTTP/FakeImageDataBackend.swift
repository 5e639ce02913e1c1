// What the engine that answers by names says of image data.
import GatewayBackends
import Models
import RPC

extension FakeEngine: ImageDataBackend {
    func history(of name: String, context: RPCContext) async throws -> [ImageHistoryItem] {
        try find(name, kind: "image")
        return [ImageHistoryItem(id: "sha256:1", created: 5, createdBy: "make", tags: nil, size: 3, comment: "")]
    }

    func saveImages(_ names: [String], context: RPCContext) async throws -> ByteStream {
        note("save \(names)")
        return Self.stream([Array("tar".utf8)])
    }

    func commit(_ options: CommitOptions, context: RPCContext) async throws -> String {
        let user = options.config?.user ?? "-"
        note("commit \(options.container) \(options.reference ?? "-") pauses=\(options.pauses) \(options.changes) \(user)")
        return "sha256:2"
    }

    func pruneImages(filters: Filters, context: RPCContext) async throws -> ImagesPruneReport {
        note("prune images \(filters.fields)")
        return ImagesPruneReport(imagesDeleted: [.untagged("a:1"), .deleted("sha256:1")], spaceReclaimed: 9)
    }

    func pruneBuildCache() async { note("prune builds") }

    func diskUsage(_ query: DiskUsageQuery, context: RPCContext) async throws -> DiskUsageReport {
        note("df \(query.kinds.map(\.rawValue).sorted())")
        var report = DiskUsageReport()
        report.bytes = query.isVerbose ? ["blobs": 1] : nil
        guard query.kinds.contains(.volume) else { return report }
        var idle = VolumeInfo(name: "v", createdAt: EngineTime(nanoseconds: 0))
        idle.usageData = .init(refCount: 0, size: 7)
        report.volumes = [idle]
        return report
    }
}
