// The root that a container's processes see, or would see.
import CLinux
import Contracts
import Glibc
import RPC

/// Opens the files of a container, running or not, for one piece of work on a thread of its own.
struct ContainerRoot: Sendable {
    let store: ImageStore
    let files: ContainerFiles

    /// Throws notFound without a snapshot; conflict when the process isn't the container's any more; and what `body` throws.
    func run<R: Sendable>(_ body: @escaping @Sendable (FileLookup) throws -> R) async throws -> R {
        let catalog = store.catalog.catalog
        guard let row = catalog.snapshots[files.containerID] else {
            throw RPCError(.notFound, "container \(files.containerID) has no snapshot")
        }
        let snapshot = catalog.record(of: row, paths: store.paths)
        if let pid = files.pid {
            return try await OwnThread.run {
                let root = try Descriptor.directory("/proc/\(pid)/root")
                // Only now: whoever has the number by then is looked at, and the root that is open is that one's.
                let mounts = try Self.mounts(pid, snapshot)
                return try body(FileLookup(root: root, pseudoDevices: mounts.pseudoDevices))
            }
        }
        let mounts = files.mounts.map { mount in
            TreeMount(
                source: mount.source, destination: mount.destination, readonly: mount.readonly, subpath: mount.subpath ?? "",
                layers: mount.layers ?? [])
        }
        return try await ContainerTree(paths: store.paths, snapshot: snapshot, mounts: mounts).run { try body(FileLookup(root: $0)) }
    }

    /// The number may be another process's by now: the container's has an overlay over its own rw layer as its root.
    private static func mounts(_ pid: Int32, _ snapshot: SnapshotRecord) throws -> MountTable {
        let mounts = try MountTable(of: pid)
        guard mounts.rows.contains(where: { $0.place == "/" && $0.options.contains("upperdir=\(snapshot.upper)") }) else {
            throw RPCError(.conflict, "container \(snapshot.containerID) has just ended; try again")
        }
        return mounts
    }
}
