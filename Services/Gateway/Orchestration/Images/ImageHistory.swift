// The steps of an image with the sizes of their layers. Pure.
import Contracts
import Models

enum ImageHistory {
    /// Newest first. Steps without a layer have no size; layers that no step tells of come as steps without words.
    /// `ancestors`: the images it was made from on this host, its parent first; each is told at the step that made it.
    static func items(
        _ image: ImageRecord, _ document: ImageDocument, layers: [Int64], ancestors: [ImageRecord] = []
    ) -> [ImageHistoryItem] {
        var sizes = layers[...]
        var items: [ImageHistoryItem] = []
        for step in document.history ?? [] {
            let size = step.emptyLayer == true ? 0 : sizes.popFirst() ?? 0
            let created = step.created.flatMap { EngineTime(rfc3339: $0) }?.nanoseconds ?? 0
            items.append(
                ImageHistoryItem(
                    id: "<missing>", created: created / 1_000_000_000, createdBy: step.createdBy ?? "", tags: nil, size: size,
                    comment: step.comment ?? ""))
        }
        for size in sizes {
            items.append(ImageHistoryItem(id: "<missing>", created: 0, createdBy: "", tags: nil, size: size, comment: ""))
        }
        items.reverse()
        for (position, image) in zip(items.indices, [image] + ancestors) {
            items[position].id = image.id
            items[position].tags = image.tags.isEmpty ? nil : image.tags
        }
        return items
    }
}
