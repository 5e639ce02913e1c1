// The directory that a container's process begins in, there from the container's creation on.
import CLinux
import Contracts
import Glibc
import RPC

/// Most images have the directory that they name: then nothing is mounted and nothing made.
struct WorkingDirectory: Sendable {
    let paths: StorePaths
    let snapshot: SnapshotRecord

    /// Directories that are missing are root's, mode 0755. Throws `RPCError` (`invalidParameter`) when a file is in the way; `SystemError`.
    func make(_ path: String) async throws {
        let place = EntryPath(RawPath(path))
        guard let place, !place.isRoot, !isInImage(FilePath(path).components) else { return }
        try await ContainerTree(paths: paths, snapshot: snapshot).run { [paths] root in
            if root.use({ clinux_layer_open($0, path) }).closed >= 0 { return }
            do {
                let parent = try LayerTree(path: paths.mounts, trash: try Trash(path: paths.trash)).directory(of: place)
                try LayerTree.check(parent.use { clinux_layer_directory($0, place.name.cString, 0o755) }, "mkdir", place.name)
            } catch UnpackError.system(_, _, let code) where code == ENOTDIR || code == EEXIST {
                throw RPCError(.invalidParameter, "Cannot mkdir: \(path) is not a directory")
            }
        }
    }

    /// True when some layer has the whole path as directories and no layer above it has a say in it. False isn't a no.
    private func isInImage(_ components: [RawPath]) -> Bool {
        for layer in snapshot.lower {
            switch Self.look(components, in: layer) {
            case .whole: return true
            case .none: continue
            case .unclear: return false
            }
        }
        return false
    }

    private enum Finding { case whole, none, unclear }

    private static func look(_ components: [RawPath], in layer: String) -> Finding {
        guard var directory = try? Descriptor.directory(layer) else { return .unclear }
        for name in components {
            var entry = clinux_entry()
            let found = directory.use { clinux_layer_stat($0, name.cString, &entry) }
            if found == -ENOENT { return .none }
            guard found == 0, entry.isDirectory else { return .unclear }
            let entered = directory.use { clinux_layer_enter($0, name.cString) }
            guard entered >= 0 else { return .unclear }
            directory = Descriptor(owning: entered)
            // What lies below doesn't show through.
            if (try? FileAttributes.value(of: OverlayAttribute.opaque, directory, ".")) == Array("y".utf8), name != components.last {
                return .unclear
            }
        }
        return .whole
    }
}

extension Int32 {
    /// The result of an open whose descriptor isn't needed.
    fileprivate var closed: Int32 {
        if self >= 0 { close(self) }
        return self
    }
}
