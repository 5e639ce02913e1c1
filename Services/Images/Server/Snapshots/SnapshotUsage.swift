// How much a container has written.
import CLinux
import Models

/// Adds up a tree.
enum SnapshotUsage {
    /// Bytes of all that isn't a directory, hard links counted once. Blocks. Throws `SystemError`.
    ///
    /// The container may be changing the tree meanwhile: what goes away on the way counts as nothing.
    static func bytes(of path: String) throws(SystemError) -> Int64 {
        var total: Int64 = 0
        var linked: Set<UInt64> = []
        var pending: [RawPath] = ["."]
        let root = try Descriptor.directory(path)
        while let next = pending.popLast() {
            let opened = root.use { clinux_layer_open($0, next.cString) }
            if opened < 0 { continue }
            let directory = Descriptor(owning: opened)
            for name in try DirectoryListing.names(directory, path: "\(path)/\(next)") {
                var entry = clinux_entry()
                guard directory.use({ clinux_layer_stat($0, name.cString, &entry) }) == 0 else { continue }
                if entry.isDirectory {
                    pending.append(RawPath(bytes: next.bytes + [UInt8(ascii: "/")] + name.bytes))
                } else if entry.links < 2 || linked.insert(entry.inode).inserted {
                    total = total.addingClamped(entry.size)
                }
            }
        }
        return total
    }
}
