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

    /// The same for older kernels. The calling process moves into a mount namespace of its own for it.
    /// All options must fit in a page, so the layers are named by descriptors: that is room for two hundred.
    static func makeAtOnce(_ rootfs: RootfsSpec) throws(Errno) -> DetachedMount {
        try Namespaces.mount.unshare()
        try Errno.check(clinux_set_propagation("/", MountPropagation.private.rawValue), "make private")
        // Opened here and not before: the kernel takes only what is in the caller's own mount namespace.
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        for path in rootfs.lower + [rootfs.upper, rootfs.work] {
            descriptors.append(try Errno.check(clinux_open_path(path), "open \(path)"))
        }
        let names = descriptors.map { "/proc/self/fd/\($0)" }
        let own = [("upperdir", names[names.count - 2]), ("workdir", names[names.count - 1])] + behaviour
        let options = ["lowerdir=" + names.dropLast(2).joined(separator: ":")] + own.map { "\($0.0)=\($0.1)" }
        try Errno.check(clinux_mount("overlay", rootfs.upper, "overlay", 0, options.joined(separator: ",")), "mount overlay")
        return try .clone(rootfs.upper, recursive: false)
    }
}
