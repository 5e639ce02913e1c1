// What the files below the engine's root are for, and what they take on disk.
import Models

/// Every byte in one class: together they are what `du` says of the engine's root. Blocks.
struct StoreBytes {
    let store: ImageStore
    /// The directory that other services have theirs in, too; nil counts the image service's alone.
    let engineRoot: String?

    /// Classes of the store, its directories' own blocks among the metadata, and `orphans`: what no record claims.
    private static let kinds = ["blobs", "layers", "snapshots", "volumes", "partials", "staging", "trash", "metadata", "orphans"]
    /// Directories of other services, each a class.
    private static let others: Set<String> = ["gateway", "network", "containers"]

    /// Throws `SystemError`.
    func classes() throws(SystemError) -> [String: Int64] {
        var classes = Dictionary(uniqueKeysWithValues: Self.kinds.map { ($0, Int64(0)) })
        var space = try DiskSpace(root: store.paths.root)
        for (kind, path, isClaimed) in directories(store.catalog.catalog) {
            let directory = try Descriptor.directory(path)
            for name in try DirectoryListing.names(directory, path: path) {
                classes[isClaimed("\(name)") ? kind : "orphans", default: 0] += try space.bytes(of: name, in: directory, path: path)
            }
        }
        try addRest(&classes, &space)
        try addOthers(&classes, &space)
        return classes
    }

    private func directories(_ catalog: Catalog) -> [(kind: String, path: String, isClaimed: (String) -> Bool)] {
        let paths = store.paths
        return [
            ("blobs", paths.blobs, { catalog.blobs[ContentDigest(sha256: $0)] != nil }),
            ("layers", paths.layers, { $0 == "l" || $0 == StorePaths.initName || catalog.layers[ContentDigest(sha256: $0)] != nil }),
            ("snapshots", paths.snapshots, { catalog.snapshots[$0] != nil }), ("volumes", paths.volumes, { catalog.volumes[$0] != nil }),
            ("partials", paths.partials, { _ in true }), ("staging", paths.staging, { _ in true }), ("trash", paths.trash, { _ in true }),
            ("metadata", paths.mounts, { _ in true }),
        ]
    }

    /// The directories themselves, the database, and what doesn't belong into the store's directory.
    private func addRest(_ classes: inout [String: Int64], _ space: inout DiskSpace) throws(SystemError) {
        let root = try Descriptor.directory(store.paths.root)
        let known = Set(store.paths.directories.map { String($0.split(separator: "/").last ?? "") })
        for name in try DirectoryListing.names(root, path: store.paths.root) {
            if known.contains("\(name)") {
                classes["metadata", default: 0] += space.own(name, in: root)
            } else {
                let kind = "\(name)".hasPrefix("images.db") ? "metadata" : "orphans"
                classes[kind, default: 0] += try space.bytes(of: name, in: root, path: store.paths.root)
            }
        }
        let blobs = try Descriptor.directory("\(store.paths.root)/blobs")
        classes["metadata", default: 0] += space.own(".", in: root) + space.own("sha256", in: blobs)
    }

    private func addOthers(_ classes: inout [String: Int64], _ space: inout DiskSpace) throws(SystemError) {
        guard let engineRoot else { return }
        let root = try Descriptor.directory(engineRoot)
        classes["metadata", default: 0] += space.own(".", in: root)
        let own = RawPath(String(store.paths.root.split(separator: "/").last ?? ""))
        for name in try DirectoryListing.names(root, path: engineRoot) where name != own {
            classes[Self.kind(ofOther: "\(name)"), default: 0] += try space.bytes(of: name, in: root, path: engineRoot)
        }
    }
    private static func kind(ofOther name: String) -> String {
        if others.contains(name) { return name }
        return LayerAliases.directories.contains(name) ? "metadata" : "foreign"
    }
}
