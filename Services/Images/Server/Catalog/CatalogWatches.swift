// Who wants to know which images there are, and what of a change is news to them.
import Contracts
import Models

/// The listeners of a catalogue. Pure bookkeeping: the catalogue's lock is around it.
struct CatalogWatches {
    /// Of commits that one listener has not taken: it begins anew then.
    static let capacity = 1024

    private var listeners: [UInt64: AsyncStream<[ImageChange]>.Continuation] = [:]
    private var next: UInt64 = 0

    mutating func listen() -> (id: UInt64, changes: AsyncStream<[ImageChange]>) {
        next += 1
        let (stream, continuation) = AsyncStream.makeStream(
            of: [ImageChange].self, bufferingPolicy: .bufferingOldest(Self.capacity))
        listeners[next] = continuation
        return (next, stream)
    }

    mutating func leave(_ id: UInt64) {
        listeners.removeValue(forKey: id)?.finish()
    }

    mutating func tell(_ changes: [CatalogChange]) {
        guard !listeners.isEmpty else { return }
        let news = changes.compactMap(\.news)
        guard !news.isEmpty else { return }
        for (id, listener) in listeners {
            if case .enqueued = listener.yield(news) { continue }
            leave(id)
        }
    }
}

extension CatalogChange {
    /// nil for what isn't about images or their names.
    fileprivate var news: ImageChange? {
        switch self {
        case .addImage(let row): .added(row.id.description)
        case .removeImage(let id): .removed(id.description)
        case .setReference(let reference, let image, _): .named(reference.canonical, imageID: image.description)
        case .removeReference(let reference): .unnamed(reference.canonical)
        default: nil
        }
    }
}

extension Catalog {
    private static let piece = 256

    /// All images and names, in pieces that fit in a message; one at least.
    var told: [WatchImages.Outbound] {
        let all =
            images.keys.map { ImageChange.added($0.description) }
            + references.map { ImageChange.named($0.canonical, imageID: $1.description) }
        let starts = stride(from: 0, to: max(1, all.count), by: Self.piece)
        return starts.map { start in
            let end = min(all.count, start + Self.piece)
            return .init(changes: Array(all[start..<end]), isComplete: end == all.count)
        }
    }
}
