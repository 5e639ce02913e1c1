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
                let mounts = try Self.mounts(pid, snapshot, isMapped: files.idMap != nil)
                if let map = files.idMap { try Self.act(asRootOf: map) }
                return try body(FileLookup(root: root, pseudoDevices: mounts.pseudoDevices, idMap: files.idMap))
            }
        }
        let mounts = files.mounts.map { mount in
            TreeMount(
                source: mount.source, destination: mount.destination, readonly: mount.readonly, subpath: mount.subpath ?? "",
                layers: mount.layers ?? [])
        }
        return try await ContainerTree(paths: store.paths, snapshot: snapshot, mounts: mounts).run { try body(FileLookup(root: $0)) }
    }

    /// What this thread makes from now on belongs to the container's root.
    private static func act(asRootOf map: IDMap) throws {
        guard let uid = map.users.outside(of: 0), let gid = map.groups.outside(of: 0) else { return }
        try SystemError.check(clinux_act_as(uid, gid), "act as the container's root", "user \(uid)")
    }

    /// The same for a container whose layers are mapped, and don't show by their paths: it is in its own control group.
    private static func check(_ pid: Int32, of container: String) throws {
        let source = try FileSource(path: "/proc/\(pid)/cgroup")
        var bytes: [UInt8] = []
        while let piece = try source.next() { bytes += piece }
        guard String(decoding: bytes, as: UTF8.self).contains(container) else { throw hasEnded(container) }
    }

    private static func hasEnded(_ container: String) -> RPCError {
        RPCError(.conflict, "container \(container) has just ended; try again")
    }

    /// The number may be another process's by now: the container's has an overlay over its own rw layer as its root.
    private static func mounts(_ pid: Int32, _ snapshot: SnapshotRecord, isMapped: Bool) throws -> MountTable {
        let mounts = try MountTable(of: pid)
        if isMapped {
            try check(pid, of: snapshot.containerID)
            return mounts
        }
        guard mounts.rows.contains(where: { $0.place == "/" && $0.options.contains("upperdir=\(snapshot.upper)") }) else {
            throw hasEnded(snapshot.containerID)
        }
        return mounts
    }
}
