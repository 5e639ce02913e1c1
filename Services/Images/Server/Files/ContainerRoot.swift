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
                try Self.check(pid, snapshot)
                return try body(FileLookup(root: root))
            }
        }
        let mounts = files.mounts.map { mount in
            TreeMount(
                source: mount.source, destination: mount.destination, readonly: mount.readonly, subpath: mount.subpath ?? "")
        }
        return try await ContainerTree(paths: store.paths, snapshot: snapshot, mounts: mounts).run { try body(FileLookup(root: $0)) }
    }

    /// The number may be another process's by now: the container's has an overlay over its own rw layer as its root.
    private static func check(_ pid: Int32, _ snapshot: SnapshotRecord) throws {
        let source = try FileSource(path: "/proc/\(pid)/mountinfo")
        var bytes: [UInt8] = []
        while let piece = try source.next() { bytes += piece }
        let wanted = "upperdir=\(snapshot.upper)"
        let isOwn = bytes.split(separator: 0x0a).contains { line in
            let words = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            return words.count > 4 && words[4] == "/" && words.last.map { $0.split(separator: ",").contains { $0 == wanted } } == true
        }
        guard isOwn else { throw RPCError(.conflict, "container \(snapshot.containerID) has just ended; try again") }
    }
}
