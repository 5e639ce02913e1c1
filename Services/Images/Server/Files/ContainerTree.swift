// What a container that doesn't run would see as its root, for the time of one piece of work.
import CLinux
import Contracts
import Glibc

/// A container's layers with what is mounted over them, in a mount namespace of one thread: nobody else ever sees these mounts, and
/// they are gone with the thread, whatever ends it.
struct ContainerTree: Sendable {
    let paths: StorePaths
    let snapshot: SnapshotRecord
    var mounts: [TreeMount] = []
    var layers = Layers.writable

    /// Which of a container's layers are looked at.
    enum Layers: Sendable {
        /// All, and what is written goes into the rw layer: only while nobody else has it mounted.
        case writable
        /// All, to be read, even while the container runs.
        case view
        /// What was there before the container.
        case image
    }

    /// Runs `body` on a thread of its own with the root. Throws `SystemError`, `UnpackError` and what `body` throws.
    func run<R: Sendable>(_ body: @escaping @Sendable (Descriptor) throws -> R) async throws -> R {
        try await OwnThread.run { [self] in
            try SystemError.check(clinux_unshare(Int32(CLINUX_NS_MOUNT)), "unshare", "mount namespace")
            try SystemError.check(clinux_set_propagation("/", UInt64(CLINUX_MS_SLAVE)), "make slave", "/")
            // Before the root covers the place where images are put together.
            let held = try mounts.map { ($0, try hold($0)) }
            try mountLayers()
            // Otherwise the kernel would unmount a moment after the thread has said that it is done.
            defer { _ = clinux_file_unmount(paths.mounts, 1) }
            let root = try Descriptor.directory(paths.mounts)
            for (mount, source) in held { if let source { try attach(mount, source, root) } }
            return try body(root)
        }
    }

    private func mountLayers() throws(SystemError) {
        let own = "../../snapshots/\(snapshot.containerID)"
        var lower = Self.linkNames(snapshot.lower)
        var options: [String] = []
        switch layers {
        case .writable: options = ["upperdir=\(own)/upper", "workdir=\(own)/work"]
        case .view: lower.insert("\(own)/upper", at: 0)
        // One layer alone is no overlay to the kernel; the work directory is as empty as any.
        case .image: if lower.count < 2 { lower.append("\(own)/work") }
        }
        let flags: UInt64 = layers == .writable ? 0 : VolumeMount.readonly
        try mountOverlay(lower, options: options, flags, of: "the layers of \(snapshot.containerID)")
    }

    private static func linkNames(_ paths: [String]) -> [String] {
        paths.map { String($0.split(separator: "/").last ?? "") }
    }

    /// The thread's working directory is its own since it has its own namespace. Names relative to it are short, for all options must
    /// fit in a page.
    private func mountOverlay(_ lower: [String], options: [String], _ flags: UInt64, of what: String) throws(SystemError) {
        if chdir(paths.links) < 0 { throw SystemError(call: "chdir", path: paths.links, code: errno) }
        defer { _ = chdir("/") }
        let all = ["index=off", "redirect_dir=off", "metacopy=off"] + options + ["lowerdir=" + lower.joined(separator: ":")]
        let result = clinux_mount("overlay", paths.mounts, "overlay", flags, all.joined(separator: ","))
        try SystemError.check(result, "mount", what)
    }

    /// A copy of what is to be mounted. nil for a source that is gone: it shows as it would at a start, nothing there.
    private func hold(_ mount: TreeMount) throws -> Descriptor? {
        let clone = mount.layers.isEmpty ? Self.clone(mount, of: mount.source) : try cloneImage(mount)
        return clone == -ENOENT ? nil : Descriptor(owning: try SystemError.check(clone, "open", mount.source))
    }

    private func cloneImage(_ mount: TreeMount) throws -> Int32 {
        guard mount.layers.count > 1 else { return Self.clone(mount, of: mount.layers[0]) }
        try mountOverlay(Self.linkNames(mount.layers), options: [], VolumeMount.readonly, of: mount.source)
        defer { _ = clinux_file_unmount(paths.mounts, 1) }
        return Self.clone(mount, of: paths.mounts)
    }

    private func attach(_ mount: TreeMount, _ source: Descriptor, _ root: Descriptor) throws {
        var status = clinux_status()
        try SystemError.check(source.use { clinux_file_status($0, "", &status) }, "stat", mount.source)
        let target = try place(mount.destination, isDirectory: status.mode & S_IFMT == S_IFDIR, root)
        if mount.readonly {
            try SystemError.check(source.use { clinux_mount_setattr($0, 1, VolumeMount.readonly, 0, 0) }, "mount_setattr", mount.source)
        }
        let result = source.use { from in target.use { clinux_move_mount_onto(from, $0) } }
        try SystemError.check(result, "mount", mount.destination)
    }

    /// A subpath is walked as in a chroot: what a container put there leads nowhere else.
    private static func clone(_ mount: TreeMount, of source: String) -> Int32 {
        guard !mount.subpath.isEmpty else { return clinux_clone_mount(AT_FDCWD, source, 1) }
        let whole = clinux_open_path(source)
        if whole < 0 { return whole }
        defer { close(whole) }
        let part = clinux_open_path_in_root(whole, mount.subpath)
        if part < 0 { return part }
        defer { close(part) }
        return clinux_clone_mount(part, "", 1)
    }

    /// The place in the tree, made if it isn't there: the mount point that a start would make.
    private func place(_ path: String, isDirectory: Bool, _ root: Descriptor) throws -> Descriptor {
        var opened = root.use { clinux_open_path_in_root($0, path) }
        if opened == -ENOENT {
            try makePlace(path, isDirectory: isDirectory)
            opened = root.use { clinux_open_path_in_root($0, path) }
        }
        return Descriptor(owning: try SystemError.check(opened, "open", path))
    }

    private func makePlace(_ path: String, isDirectory: Bool) throws {
        guard let place = EntryPath(RawPath(path)), !place.isRoot else { return }
        let tree = try LayerTree(path: paths.mounts, trash: try Trash(path: paths.trash))
        let parent = try tree.directory(of: place)
        let result = parent.use { parent -> Int32 in
            guard !isDirectory else { return clinux_layer_directory(parent, place.name.cString, 0o755) }
            let file = clinux_layer_create(parent, place.name.cString)
            if file >= 0 { close(file) }
            return file
        }
        if result != -EEXIST { try LayerTree.check(min(result, 0), "make the mount point", place.name) }
    }
}

/// Something of the host, or of a volume, that is over a part of the tree.
struct TreeMount: Sendable, Equatable {
    var source: String
    var destination: String
    var readonly: Bool
    /// Below the source; empty for the source itself.
    var subpath = ""
    /// Of an image, topmost first; then the source is only a name.
    var layers: [String] = []
}
