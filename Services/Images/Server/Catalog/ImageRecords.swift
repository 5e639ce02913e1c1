// The catalogue's images and snapshots as other services see them.
import Contracts
import Models

extension Catalog {
    func record(of image: ImageRow) -> ImageRecord {
        let names = references(to: image.id)
        return ImageRecord(
            id: image.id.description, tags: names.filter { $0.digest == nil }.map(\.familiar),
            digests: names.filter { $0.digest != nil }.map(\.familiar), config: image.config,
            manifestDigest: image.manifestDigest?.description ?? "", size: image.size, lastTaggedAt: image.lastTaggedAt,
            parent: image.parent.flatMap { images[$0]?.id.description } ?? "")
    }

    /// Every image, newest first.
    var imageRecords: [ImageRecord] {
        images.values.sorted { ($0.createdAt, $0.id.hex) > ($1.createdAt, $1.id.hex) }.map(record)
    }

    func record(of snapshot: SnapshotRow, paths: StorePaths) -> SnapshotRecord {
        SnapshotRecord(
            containerID: snapshot.containerID, imageID: snapshot.imageID.description,
            lower: [paths.initLink] + chain(from: snapshot.topLayer).map { paths.link($0.link) },
            upper: paths.upper(snapshot.containerID), work: paths.work(snapshot.containerID))
    }
}
