// Which images were made from others on this host. Pure.
import Contracts

enum ImageDescent {
    /// IDs: the given ones, and those of all that descend from them.
    static func descendants(of ids: Set<String>, among images: [ImageRecord]) -> Set<String> {
        let children = Dictionary(grouping: images, by: \.parent)
        var (found, next) = (ids, Array(ids))
        while let id = next.popLast() {
            for child in children[id] ?? [] where found.insert(child.id).inserted { next.append(child.id) }
        }
        return found
    }
}
