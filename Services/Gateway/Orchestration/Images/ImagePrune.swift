// Prune: images that nothing needs are removed.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

struct ImagePrune: Sendable {
    let engine: ContainerEngine
    let filters: Filters

    /// One that can't be removed is left. Errors: `invalidParameter`; conflict while another prune runs.
    func run(_ context: RPCContext) async throws -> ImagesPruneReport {
        let dangling = try VolumeFilter.flag("dangling", filters) ?? true
        let until = try filters.until(now: WallClock.now())
        return try await engine.imagePrune.run(orSay: "a prune operation is already running") {
            let before = try await engine.images.measureStore(context)
            let parents = Set(before.images.filter(\.hasChildren).map(\.id))
            let used = Set(engine.store.all.flatMap(\.definition.imageIDs))
            var items: [ImageDeleteItem] = []
            for image in try await engine.images.list(context) where !used.contains(image.id) {
                try Task.checkCancellation()
                guard image.tags.isEmpty ? !parents.contains(image.id) : !dangling, isWanted(image, until) else { continue }
                items += await remove(image, context)
            }
            let after = try await engine.images.measureStore(context)
            let freed = max(0, before.layersSize - after.layersSize)
            engine.tellPrune(.image, reclaimed: freed)
            return ImagesPruneReport(imagesDeleted: items.isEmpty ? nil : items, spaceReclaimed: freed)
        }
    }

    /// One that tells nothing of itself is what no filter asks for.
    private func isWanted(_ image: ImageRecord, _ until: Int64?) -> Bool {
        guard let document = engine.readableDocument(of: image) else {
            return until == nil && !filters.contains("label") && !filters.contains("label!")
        }
        let labels = document.config?.labels ?? [:]
        let created = document.created.flatMap { EngineTime(rfc3339: $0) }?.nanoseconds ?? 0
        return until.map { created < $0 } ?? true && filters.allows(labels: labels)
            && !filters.values("label!").contains { Filters(["label": [$0]]).allows(labels: labels) }
    }

    /// By each of its names: an image with several isn't removed by its ID without force.
    private func remove(_ image: ImageRecord, _ context: RPCContext) async -> [ImageDeleteItem] {
        let facade = ImageFacade(engine: engine)
        var items: [ImageDeleteItem] = []
        let names = image.tags + image.digests
        for name in names.isEmpty ? [image.id] : names {
            // A digest that went with the last tag of its repository isn't found any more.
            let removed = try? await facade.removeImage(name, force: false, noPrune: false, context: context)
            items += removed ?? []
        }
        return items
    }
}
