// The `/dev` of a container in a user namespace, whose own processes may not make device nodes.
import CLinux
import Contracts
import Glibc
import Linux

enum DeviceTree {
    /// A memory file system with the nodes that lie below `/dev`. It is the container's root's; the file system itself stays the host's,
    /// or its nodes would open nothing.
    static func make(_ mount: FilesystemMount, _ nodes: [DeviceNode], _ users: UserNamespace) throws(RuntimeFailure) -> DetachedMount {
        do throws(Errno) {
            let owner = [("uid", "\(users.root.uid)"), ("gid", "\(users.root.gid)")]
            let tree = try DetachedMount.make(
                mount.type, source: mount.source, options: mount.pairs + owner.map { (key: $0.0, value: Optional($0.1)) },
                attributes: mount.attributes)
            for node in nodes { try make(node, in: tree, users) }
            return tree
        } catch {
            throw .mount(mount.type, mount.destination, "\(error)", errno: error.code)
        }
    }

    private static func make(_ node: DeviceNode, in tree: DetachedMount, _ users: UserNamespace) throws(Errno) {
        let parts = node.path.split(separator: "/").dropFirst().map(String.init)
        guard node.path.hasPrefix("/dev/"), !parts.isEmpty, !parts.contains("..") else {
            throw Errno(code: EPERM, call: "\(node.path): in a user namespace devices can only be below /dev")
        }
        for count in 1..<parts.count {
            let directory = parts.prefix(count).joined(separator: "/")
            let result = clinux_make_directory_at(tree.descriptor, directory, 0o755)
            guard result == 0 || result == -EEXIST else { throw Errno(code: -result, call: "mkdir /dev/\(directory)") }
            if result == 0 { fchownat(tree.descriptor, directory, users.root.uid, users.root.gid, 0) }
        }
        let (uid, gid) = owner(of: node, users.map)
        let result = clinux_make_device_at(
            tree.descriptor, parts.joined(separator: "/"), node.kind, node.mode, uid, gid, node.major, node.minor)
        guard result == 0 || result == -EEXIST else { throw Errno(code: -result, call: "mknod \(node.path)") }
    }

    /// A device that was asked for by name is the container's as it would be without a user namespace. That of a privileged container,
    /// which has all there are, keep their owners, who have no ID in there.
    private static func owner(of node: DeviceNode, _ map: IDMap) -> (UInt32, UInt32) {
        guard !node.keepsOwner else { return (node.uid, node.gid) }
        return (map.users.outside(of: node.uid) ?? node.uid, map.groups.outside(of: node.gid) ?? node.gid)
    }
}
