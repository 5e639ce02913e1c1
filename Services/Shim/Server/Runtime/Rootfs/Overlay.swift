// A container's root file system: an overlay over the image's layers.
import CLinux
import Contracts
import Glibc
import Linux

enum Overlay {
    /// What Docker turns off, so that a layer never depends on where the ones below it lie.
    private static let behaviour = [("index", "off"), ("redirect_dir", "off"), ("metacopy", "off")]

    /// Kernels before 6.8 take the layers only all at once.
    static let takesLayersOneByOne = KernelRelease.running() >= KernelRelease(major: 6, minor: 8)

    /// The overlay, in no tree yet.
    static func make(_ rootfs: RootfsSpec) throws(Errno) -> DetachedMount {
        let layers = rootfs.lower.map { (key: "lowerdir+", value: Optional($0)) }
        let own = [("upperdir", rootfs.upper), ("workdir", rootfs.work)] + behaviour
        return try DetachedMount.make("overlay", source: "overlay", options: layers + own.map { (key: $0.0, value: Optional($0.1)) })
    }

    /// An image's layers alone, which nobody writes to: two at least.
    static func make(readonly layers: [String]) throws(Errno) -> DetachedMount {
        let options = layers.map { (key: "lowerdir+", value: Optional($0)) } + behaviour.map { (key: $0.0, value: Optional($0.1)) }
        return try DetachedMount.make("overlay", source: "overlay", options: options, attributes: .readonly)
    }

    /// The same for older kernels. The calling process moves into a mount namespace of its own for it.
    static func makeAtOnce(_ rootfs: RootfsSpec) throws(Errno) -> DetachedMount {
        try makeAtOnce(rootfs.lower, own: ["upperdir": rootfs.upper, "workdir": rootfs.work], over: rootfs.upper)
    }

    /// - Parameter place: a directory that is mounted over for a moment.
    static func makeAtOnce(readonly layers: [String], over place: String) throws(Errno) -> DetachedMount {
        let mount = try makeAtOnce(layers, own: [:], over: place)
        try mount.set(.readonly)
        return mount
    }

    /// All options must fit in a page, so the layers are named by descriptors: that is room for two hundred.
    private static func makeAtOnce(_ lower: [String], own: [String: String], over place: String) throws(Errno) -> DetachedMount {
        try Namespaces.mount.unshare()
        try Errno.check(clinux_set_propagation("/", MountPropagation.private.rawValue), "make private")
        // Opened here and not before: the kernel takes only what is in the caller's own mount namespace.
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        for path in lower + own.values {
            descriptors.append(try Errno.check(clinux_open_path(path), "open \(path)"))
        }
        let names = descriptors.map { "/proc/self/fd/\($0)" }
        let others = zip(own.keys, names.dropFirst(lower.count)).map { "\($0)=\($1)" } + behaviour.map { "\($0.0)=\($0.1)" }
        let options = ["lowerdir=" + names.prefix(lower.count).joined(separator: ":")] + others
        try Errno.check(clinux_mount("overlay", place, "overlay", 0, options.joined(separator: ",")), "mount overlay")
        let mount = try DetachedMount.clone(place, recursive: false)
        try Errno.check(clinux_file_unmount(place, 1), "unmount \(place)")
        return mount
    }
}
