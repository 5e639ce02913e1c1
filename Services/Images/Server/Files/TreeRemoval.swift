// Deletes a file or a tree in a place where others may be at work.
import CLinux
import Glibc

enum TreeRemoval {
    private static let maximumDepth = 2048

    /// Follows no link. Throws `UnpackError`; a mount point in the tree is busy.
    static func remove(_ name: RawPath, from directory: Descriptor, depth: Int = 0) throws(UnpackError) {
        let result = directory.use { clinux_layer_remove($0, name.cString, 0) }
        if result == 0 || result == -ENOENT { return }
        guard result == -EISDIR, depth < maximumDepth else { throw .system(call: "unlink", entry: "\(name)", code: -result) }
        let opened = directory.use { clinux_layer_read($0, name.cString, 1) }
        let tree = Descriptor(owning: try LayerTree.check(opened, "open", name))
        for entry in try names(tree, name) { try remove(entry, from: tree, depth: depth + 1) }
        try LayerTree.check(directory.use { clinux_layer_remove($0, name.cString, 1) }, "rmdir", name)
    }

    private static func names(_ tree: Descriptor, _ name: RawPath) throws(UnpackError) -> [RawPath] {
        do {
            return try DirectoryListing.names(tree, path: "\(name)")
        } catch {
            throw .system(call: error.call, entry: "\(name)", code: error.code)
        }
    }
}
