// Docker's own names for containers' rw layers, which programs that watch a host look up.
import Glibc

/// cAdvisor reads `image/overlay2/layerdb/mounts/ID/mount-id` below the engine's root, and then looks at `overlay2/…/diff` with what
/// that says; where they are missing, it leaves the container out. Both are links to the snapshots, each of which has a `mount-id`
/// and a `diff`. They are relative, as such programs see the host's files below a directory of their own.
struct LayerAliases {
    static let storageDriver = "overlay2"
    static let idFile = "mount-id"

    let engineRoot: String
    let paths: StorePaths

    /// Directories below the engine's root that are for these names only.
    static let directories: Set<String> = ["image", storageDriver]

    /// What is there stays as it is. Does nothing where the store isn't below the engine's root. Throws what the file system refuses.
    func prepare() throws {
        guard paths.snapshots.hasPrefix(engineRoot + "/") else { return }
        let snapshots = paths.snapshots.dropFirst(engineRoot.count + 1)
        var directory = engineRoot
        for name in ["image", Self.storageDriver, "layerdb"] {
            directory += "/\(name)"
            try NewDirectory.ensure(directory, 0o711)
        }
        try Self.link("\(directory)/mounts", to: "../../../\(snapshots)")
        try Self.link("\(engineRoot)/\(Self.storageDriver)", to: "\(snapshots)")
        try nameAll()
    }

    /// Gives names to the snapshots that an earlier version made.
    private func nameAll() throws {
        for name in try DirectoryListing.names(path: paths.snapshots) { try Self.name("\(name)", paths) }
    }

    /// Gives a snapshot its names.
    static func name(_ containerID: String, _ paths: StorePaths) throws {
        let snapshot = paths.snapshot(containerID)
        try link("\(snapshot)/\(StorePaths.diff)", to: "upper")
        do {
            let file = try FileSink(creating: "\(snapshot)/\(idFile)")
            try Array(containerID.utf8).withUnsafeBytes { try file.write($0) }
        } catch let error as SystemError where error.code == EEXIST {}
    }

    private static func link(_ path: String, to target: String) throws(SystemError) {
        if symlink(target, path) < 0, errno != EEXIST { throw SystemError(call: "symlink", path: path, code: errno) }
    }
}
