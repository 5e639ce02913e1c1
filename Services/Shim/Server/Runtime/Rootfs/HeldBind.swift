// Takes hold of a bind's source before the root changes.
import CLinux
import Glibc
import Linux

enum HeldBind {
    static func hold(_ bind: BindMount) throws(RuntimeFailure) -> DetachedMount {
        do throws(Errno) {
            let mount = try copy(bind)
            try configure(mount, bind)
            return mount
        } catch {
            throw .mount(bind.source, bind.destination, error.reason, errno: error.code)
        }
    }

    /// Another container's tree can be copied only from inside its namespace.
    private static func copy(_ bind: BindMount) throws(Errno) -> DetachedMount {
        guard let namespace = bind.mountNamespace else { return try .clone(bind.source, recursive: bind.recursive) }
        let own = OwnedDescriptor(taking: try Errno.check(clinux_open_file("/proc/self/ns/mnt", O_RDONLY, 0), "open /proc/self/ns/mnt"))
        try Namespaces.mount.enter(path: namespace)
        let mount = try DetachedMount.clone(bind.source, recursive: bind.recursive)
        try Namespaces.mount.enter(own.raw)
        return mount
    }

    private static func configure(_ mount: DetachedMount, _ bind: BindMount) throws(Errno) {
        let attributes: MountAttributes = bind.readonly ? .readonly : []
        if bind.propagation == .private {
            // This namespace has let go of the host's mounts: the copy is private already, but for another container's.
            if bind.readonly || bind.mountNamespace != nil { try mount.set(attributes, propagation: .private, recursive: bind.recursive) }
            return
        }
        // What is mounted below the source never becomes a way for the container's mounts to reach the host unasked.
        let below: MountPropagation = bind.propagatesBelow ? bind.propagation : .slave
        if bind.recursive { try mount.set(attributes, propagation: below, recursive: true) }
        try mount.set(attributes, propagation: bind.propagation)
    }
}
