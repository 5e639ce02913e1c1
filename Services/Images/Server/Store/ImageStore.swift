// The store on disk: its directories, its catalogue and its trash.
import Dispatch
import Glibc
import Logging

/// What all parts of the service share. Opening it converges whatever an earlier process left behind.
struct ImageStore: Sendable {
    let paths: StorePaths
    let catalog: CatalogStore
    let trash: Trash
    let logger: Logger
    /// Emptying goes on one at a time.
    private let trashQueue = DispatchQueue(label: "berth.images.trash", qos: .background)

    /// Opens or makes the store in a directory. Blocks. Throws `SystemError`, and what `CatalogStore` throws.
    static func open(root: String, logger: Logger) async throws -> ImageStore {
        let paths = StorePaths(root: root)
        for directory in paths.directories where mkdir(directory, 0o700) < 0 && errno != EEXIST {
            throw SystemError(call: "mkdir", path: directory, code: errno)
        }
        let store = ImageStore(
            paths: paths, catalog: try CatalogStore(path: paths.database), trash: try Trash(path: paths.trash), logger: logger)
        try await Recovery(store: store).run()
        return store
    }

    /// Deletes what is in the trash, on a thread of its own. Failures are logged: the next start tries again.
    func emptyTrash() {
        trashQueue.async { [self] in
            do {
                try trash.empty()
            } catch {
                logger.warning("can't empty the trash; it is tried again at the next removal", metadata: ["error": "\(error)"])
            }
        }
    }
}
