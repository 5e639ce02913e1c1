// An overlay in a user namespace: its layers are shown with the container's owners, and keep their own on disk.
import CLinux
import Contracts
import Glibc
import Linux

/// Layers of the same store share one mapped mount. Descriptors stay open until the overlay is made.
struct MappedLayers {
    private var mounts: [String: DetachedMount] = [:]
    private let users: UserNamespace

    init(_ users: UserNamespace) { self.users = users }

    /// A path by which overlayfs takes the layer from its mapped mount. A store's layers are two directories below the same one.
    mutating func path(of layer: String) throws(Errno) -> String {
        guard let real = realpath(layer, nil) else { throw Errno(code: errno, call: "open \(layer)") }
        defer { free(real) }
        let parts = String(cString: real).split(separator: "/")
        let directory = "/" + parts.dropLast(2).joined(separator: "/")
        return "/proc/self/fd/\(try mount(directory).descriptor)/" + parts.suffix(2).joined(separator: "/")
    }

    /// The overlay has them by now.
    mutating func close() { mounts = [:] }

    private mutating func mount(_ directory: String) throws(Errno) -> DetachedMount {
        if let mount = mounts[directory] { return mount }
        let mount = try DetachedMount.clone(directory, recursive: false)
        try mount.mapIDs(users.descriptor)
        mounts[directory] = mount
        return mount
    }
}

extension Overlay {
    /// Whether this kernel takes layers from mounts that are in no tree.
    static let takesMappedLayers = KernelRelease.running() >= KernelRelease(major: 6, minor: 15)

    /// The overlay in no tree yet, whose own files the container's root makes.
    static func make(_ rootfs: RootfsSpec, in users: UserNamespace) throws(Errno) -> DetachedMount {
        var layers = MappedLayers(users)
        defer { layers.close() }
        var mapped = rootfs
        mapped.lower = []
        for layer in rootfs.lower { mapped.lower.append(try layers.path(of: layer)) }
        mapped.upper = try layers.path(of: rootfs.upper)
        mapped.work = try layers.path(of: rootfs.work)
        let ready = mapped
        return try users.asRoot { () throws(Errno) in try make(ready) }
    }

    /// The same of layers that nobody writes to.
    static func make(readonly layers: [String], in users: UserNamespace) throws(Errno) -> DetachedMount {
        var mounts = MappedLayers(users)
        defer { mounts.close() }
        var paths: [String] = []
        for layer in layers { paths.append(try mounts.path(of: layer)) }
        return try make(readonly: paths)
    }
}
