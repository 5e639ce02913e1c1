// Fills a new volume with what the image has at the place where it is mounted.
import CLinux
import Contracts
import Glibc
import RPC

struct VolumeFill: Sendable {
    let store: ImageStore

    /// Throws `RPCError`: notFound, `invalidParameter`; `SystemError`, `UnpackError`.
    func run(_ request: FillVolume.Request) async throws {
        let catalog = store.catalog.catalog
        let volume = try Volumes.find(request.volume, catalog)
        guard let snapshot = catalog.snapshots[request.containerID] else {
            throw RPCError(.notFound, "container \(request.containerID) has no snapshot")
        }
        let copyUp = VolumeCopyUp(paths: store.paths, trash: store.trash, volume: volume.name)
        let record = catalog.record(of: snapshot, paths: store.paths)
        // What is mounted there is not the image's to fill.
        let copies = request.copies && !VolumeMount.isNeeded(volume.options)
        try await ContainerTree(paths: store.paths, snapshot: record, layers: .image).run { root in
            try Self.fill(copies ? copyUp : nil, from: root, request.path)
        }
        if copies { store.emptyTrash() }
    }

    private static func fill(_ copyUp: VolumeCopyUp?, from root: Descriptor, _ path: String) throws {
        let opened = root.use { clinux_open_path_in_root($0, path) }
        if opened == -ENOENT || opened == -ENOTDIR { return }
        let source = Descriptor(owning: try SystemError.check(opened, "open", path))
        var status = clinux_status()
        try SystemError.check(source.use { clinux_file_status($0, "", &status) }, "stat", path)
        guard status.mode & S_IFMT == S_IFDIR else {
            throw RPCError(.invalidParameter, "cannot mount volume over existing file, file exists \(path)")
        }
        guard let copyUp else { return }
        try copyUp.converge()
        guard try copyUp.isNeeded else { return }
        let readable = Descriptor(
            owning: try SystemError.check(root.use { clinux_file_open_in_root($0, path, O_RDONLY | O_DIRECTORY, 0) }, "open", path))
        try copyUp.run(from: readable)
    }
}
