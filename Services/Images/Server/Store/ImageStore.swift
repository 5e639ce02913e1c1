// The store on disk: its directories, its catalogue and its trash.
import Dispatch
import Logging

/// What all parts of the service share. Opening it converges whatever an earlier process left behind.
struct ImageStore: Sendable {
    let paths: StorePaths
    let catalog: CatalogStore
    let trash: Trash
    let logger: Logger
    private let lock: StoreLock
    /// Emptying goes on one at a time.
    private let trashQueue = DispatchQueue(label: "berth.images.trash", qos: .background)

    /// Opens or makes the store in a directory. Throws `StoreInUse`, `SystemError`, and what `CatalogStore` throws.
    static func open(root: String, logger: Logger) async throws -> ImageStore {
        let paths = StorePaths(root: root)
        for parent in paths.parents { try NewDirectory.ensure(parent, 0o711) }
        for directory in paths.directories { try NewDirectory.ensure(directory, 0o700) }
        let lock = try await BlockingWork.run { try StoreLock(directory: root) }
        let store = ImageStore(
            paths: paths, catalog: try CatalogStore(path: paths.database), trash: try Trash(path: paths.trash), logger: logger, lock: lock)
        try await Recovery(store: store).run()
        return store
    }

    /// Deletes what is in the trash, on a thread of its own. Failures are logged: the next start tries again.
    func emptyTrash() {
        trashQueue.async { [trash, logger] in
            do {
                try trash.empty()
            } catch {
                logger.warning("can't empty the trash; it is tried again at the next removal", metadata: ["error": "\(error)"])
            }
        }
    }
}
