// An item that was read ahead of its stream.
import Synchronization

/// Gives the item once.
final class FirstItem<Item: Sendable>: Sendable {
    private let item: Mutex<Item?>

    init(_ item: Item?) { self.item = Mutex(item) }

    func take() -> Item? {
        item.withLock { item in
            defer { item = nil }
            return item
        }
    }
}
