// Binds that show their files under other owners.
import Contracts
import Glibc
import Linux

struct BindMaps {
    private let users: UserNamespace?

    init(_ users: UserNamespace?) { self.users = users }

    /// An image of several layers.
    func overlay(_ bind: BindMount) throws(RuntimeFailure) -> DetachedMount {
        do throws(Errno) {
            guard let users, users.map == bind.idMap else { return try Overlay.make(readonly: bind.layers) }
            return try Overlay.make(readonly: bind.layers, in: users)
        } catch {
            throw .mount(bind.source, bind.destination, error.reason, errno: error.code)
        }
    }

    /// A mount that isn't to be mapped is left as it is.
    func apply(_ bind: BindMount, to mount: DetachedMount) throws(RuntimeFailure) {
        guard let map = bind.idMap else { return }
        let owners = if let users, users.map == map { users } else { try UserNamespace.make(map) }
        do throws(Errno) {
            try mount.mapIDs(owners.descriptor, recursive: bind.recursive)
        } catch {
            let reason = error.code == EINVAL ? "its file system can't be mounted with other owners (idmap)" : error.description
            throw .mount(bind.source, bind.destination, reason, errno: error.code)
        }
    }
}
