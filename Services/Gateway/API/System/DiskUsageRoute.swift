// What everything takes on disk, in the shape of the client's version.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct DiskUsageRoute: Sendable {
    let backend: any ImageDataBackend

    var routes: [Route] { [.get("/system/df", usage)] }

    @Sendable private func usage(_ request: EngineRequest) async throws -> Response {
        let kinds = request.version < APIVersionGate.multiplexedStreams ? [] : try request.query.all("type").map(Self.kind)
        let asked = kinds.isEmpty ? Set(DiskUsageKind.allCases) : Set(kinds)
        let isVerbose = request.version >= APIVersionGate.noLegacyNetworkSettings && request.query.flag("verbose")
        var report = try await backend.diskUsage(DiskUsageQuery(kinds: asked, isVerbose: isVerbose), context: request.context)
        // Here the number of containers has always been told.
        report.images = report.images?.map { image in
            var seen = image.seen(by: request.version)
            seen.containers = image.containers
            return seen
        }
        report.containers = report.containers?.map { $0.seen(by: request.version) }
        var usage = Self.legacy(report, asked)
        if request.version >= APIVersionGate.noLegacyNetworkSettings {
            Self.describe(report, asked, verbose: isVerbose, &usage)
        }
        return .json(usage)
    }

    private static func kind(_ text: String) throws(RPCError) -> DiskUsageKind {
        guard let kind = DiskUsageKind(rawValue: text) else { throw RPCError(.invalidParameter, "unknown object type: \(text)") }
        return kind
    }

    private static func legacy(_ report: DiskUsageReport, _ asked: Set<DiskUsageKind>) -> DiskUsage {
        var usage = DiskUsage()
        usage.layersSize = report.layersSize
        usage.images = report.images
        usage.containers = report.containers
        usage.volumes = report.volumes
        usage.buildCache = asked.contains(.buildCache) ? [] : nil
        return usage
    }

    /// The shape that came with 1.52.
    static func describe(_ report: DiskUsageReport, _ asked: Set<DiskUsageKind>, verbose: Bool, _ usage: inout DiskUsage) {
        if let images = report.images {
            let total = report.layersSize ?? 0
            let active = images.filter { $0.containers > 0 }
            let used = active.map { max(0, $0.size - max(0, $0.sharedSize)) }.clampedSum()
            usage.imageUsage = .init(
                activeCount: active.count, totalCount: images.count, reclaimable: max(0, total - used), totalSize: total,
                items: verbose ? images : nil)
        }
        if let containers = report.containers {
            let idle = containers.filter { $0.state != .running && $0.state != .paused && $0.state != .restarting }
            usage.containerUsage = .init(
                activeCount: containers.count - idle.count, totalCount: containers.count,
                reclaimable: idle.compactMap(\.sizeRw).clampedSum(),
                totalSize: containers.compactMap(\.sizeRw).clampedSum(), items: verbose ? containers : nil)
        }
        if let volumes = report.volumes {
            let idle = volumes.filter { $0.usageData?.refCount == 0 }
            usage.volumeUsage = .init(
                activeCount: volumes.count - idle.count, totalCount: volumes.count, reclaimable: bytes(idle), totalSize: bytes(volumes),
                items: verbose ? volumes : nil)
        }
        if asked.contains(.buildCache) {
            usage.buildCacheUsage = .init(activeCount: 0, totalCount: 0, reclaimable: 0, totalSize: 0, items: verbose ? [] : nil)
        }
        usage.bytes = verbose ? report.bytes : nil
    }

    private static func bytes(_ volumes: [VolumeInfo]) -> Int64 {
        volumes.map { max(0, $0.usageData?.size ?? 0) }.clampedSum()
    }
}
