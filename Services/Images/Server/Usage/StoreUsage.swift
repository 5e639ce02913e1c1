// What the store takes on disk: by images, and by what its files are for.
import Contracts
import Models

struct StoreUsage: Sendable {
    let store: ImageStore

    /// From records alone.
    func images() -> MeasureStore.Response {
        let catalog = store.catalog.catalog
        var users: [ContentDigest: Int] = [:]
        for image in catalog.images.values {
            for layer in catalog.chain(from: image.topLayer) { users[layer.chainID, default: 0] += 1 }
        }
        let images = catalog.images.values.sorted { $0.id.hex < $1.id.hex }.map { image in
            let chain = catalog.chain(from: image.topLayer)
            let shared = chain.filter { users[$0.chainID, default: 0] > 1 }.reduce(0) { $0 + $1.size }
            return MeasureStore.Image(
                id: image.id.description, layers: chain.reversed().map(\.size), shared: shared, hasChildren: catalog.hasChildren(image.id))
        }
        return .init(layersSize: catalog.layers.values.reduce(0) { $0 + $1.size }, images: images)
    }

    /// From the files themselves: each is counted once, in one class.
    func classes() async throws -> [String: Int64] {
        let paths = store.paths
        let catalog = store.catalog.catalog
        let known = [
            "blobs": paths.blobs, "layers": paths.layers, "snapshots": paths.snapshots, "volumes": paths.volumes,
            "partials": paths.partials, "staging": paths.staging, "trash": paths.trash,
        ]
        return try await BlockingWork.run {
            var classes: [String: Int64] = ["metadata": 0, "orphans": 0]
            for (name, path) in known { classes[name] = try SnapshotUsage.bytes(of: path) }
            let directories: Set<String> = ["blobs", "layers", "snapshots", "volumes", "partials", "staging", "trash", "mounts"]
            for name in try DirectoryListing.names(path: paths.root).map(\.description) where !directories.contains(name) {
                let size = try Self.size(of: name, in: paths.root)
                classes[name.hasPrefix("images.db") ? "metadata" : "orphans", default: 0] += size
            }
            for (kind, directory, isClaimed) in Self.claims(catalog, paths) {
                for name in try DirectoryListing.names(path: directory).map(\.description) where !isClaimed(name) {
                    let size = try Self.size(of: name, in: directory)
                    classes[kind, default: 0] -= size
                    classes["orphans", default: 0] += size
                }
            }
            return classes
        }
    }

    private static func claims(_ catalog: Catalog, _ paths: StorePaths) -> [(String, String, (String) -> Bool)] {
        [
            ("blobs", paths.blobs, { catalog.blobs[ContentDigest(sha256: $0)] != nil }),
            ("layers", paths.layers, { $0 == "l" || $0 == StorePaths.initName || catalog.layers[ContentDigest(sha256: $0)] != nil }),
            ("snapshots", paths.snapshots, { catalog.snapshots[$0] != nil }), ("volumes", paths.volumes, { catalog.volumes[$0] != nil }),
        ]
    }

    /// Bytes of a file, or of all in a directory.
    private static func size(of name: String, in directory: String) throws(SystemError) -> Int64 {
        let path = "\(directory)/\(name)"
        if let bytes = try? SnapshotUsage.bytes(of: path) { return bytes }
        let parent = try Descriptor.directory(directory)
        return FileSize.of(RawPath(name), in: parent)
    }
}
