// How an image looks to clients. Pure.
import Contracts
import Models

/// An image with its parsed configuration.
struct DescribedImage: Sendable {
    var record: ImageRecord
    var document: ImageDocument

    /// Nanoseconds since 1970; nil when the image doesn't say.
    var createdAt: Int64? { document.created.flatMap { EngineTime(rfc3339: $0) }?.nanoseconds }

    func summary(containers: Int) -> ImageSummary {
        var summary = ImageSummary(id: record.id)
        summary.parentID = record.parent
        summary.repoTags = record.tags
        summary.repoDigests = record.digests
        summary.created = (createdAt ?? 0) / 1_000_000_000
        summary.size = record.size
        summary.labels = document.config.flatMap { $0.labels.isEmpty ? nil : $0.labels }
        summary.containers = containers
        return summary
    }

    var inspect: ImageInspect {
        let tagged = record.lastTaggedAt == 0 ? EngineTime.never : EngineTime(nanoseconds: record.lastTaggedAt)
        var answer = ImageInspect(
            id: record.id, rootFS: .init(layers: document.rootfs?.diffIDs ?? []), metadata: .init(lastTagTime: tagged))
        answer.repoTags = record.tags
        answer.repoDigests = record.digests
        answer.parent = record.parent
        answer.comment = document.comment ?? ""
        answer.created = document.created.flatMap { EngineTime(rfc3339: $0) }
        answer.dockerVersion = document.dockerVersion ?? ""
        answer.author = document.author ?? ""
        answer.config = document.config
        answer.architecture = document.architecture ?? ""
        answer.variant = document.variant ?? ""
        answer.os = document.os ?? ""
        answer.osVersion = document.osVersion ?? ""
        answer.size = record.size
        answer.graphDriver = GraphDriver(name: ContainerEngine.storageDriver, data: nil)
        return answer
    }
}
