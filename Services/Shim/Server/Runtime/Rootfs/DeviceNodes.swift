// Device nodes: which the host has, and which the container gets.
import CLinux
import Contracts
import Glibc
import Linux

/// A node to make in the container.
struct DeviceNode: Equatable {
    var path: String
    /// CLINUX_KIND_CHARACTER or CLINUX_KIND_BLOCK.
    var kind: Int32
    var major: UInt32
    var minor: UInt32
    var mode: UInt32 = 0o666
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    /// Whoever has it on the host, in a user namespace, too.
    var keepsOwner = false
    /// It was described, and isn't merely like the host's: it is made in place of another at the same path.
    var isDescribed = false

    var keepingOwner: DeviceNode {
        var node = self
        node.keepsOwner = true
        return node
    }

    init(_ path: String, _ major: UInt32, _ minor: UInt32) {
        self.path = path
        kind = Int32(CLINUX_KIND_CHARACTER)
        self.major = major
        self.minor = minor
    }

    private init(_ path: String, _ file: clinux_file) {
        self.path = path
        kind = file.kind
        (major, minor) = (file.major, file.minor)
        (mode, uid, gid) = (file.mode, file.uid, file.gid)
    }

    /// What every container has.
    static let standard = [
        DeviceNode("/dev/null", 1, 3), DeviceNode("/dev/zero", 1, 5), DeviceNode("/dev/full", 1, 7), DeviceNode("/dev/random", 1, 8),
        DeviceNode("/dev/urandom", 1, 9), DeviceNode("/dev/tty", 5, 0),
    ]

    /// These, and what every container has. Of those with the same path the first is made.
    static func withStandard(_ nodes: [DeviceNode]) -> [DeviceNode] {
        nodes.filter(\.isDescribed) + standard + nodes.filter { !$0.isDescribed }
    }

    static let links = [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"), ("/dev/ptmx", "pts/ptmx"),
    ]

    /// The node that stands for a device of the host, or those for all devices in a directory of the host.
    static func of(_ device: DeviceSpec) throws(RuntimeFailure) -> [DeviceNode] {
        if let description = device.node { return [try DeviceNode(device, description)] }
        var file = clinux_file()
        let result = clinux_stat(device.hostPath, &file)
        let found = result == 0 ? inside(device.hostPath, as: device.containerPath, file) : []
        guard found.isEmpty else { return found }
        let reason = result == 0 ? "not a device node" : Errno.reason(of: -result)
        throw RuntimeFailure(
            step: "devices", errno: max(0, -result),
            message: "error gathering device information while adding custom device \"\(device.hostPath)\": \(reason)")
    }

    /// Every device below the host's `/dev`, but what a container has of its own.
    static func all() -> [DeviceNode] {
        let own: Set<String> = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console", "ptmx"]
        return children("/dev").filter { !own.contains($0) }.flatMap { name in
            var file = clinux_file()
            return clinux_stat("/dev/\(name)", &file) == 0 ? inside("/dev/\(name)", as: "/dev/\(name)", file) : []
        }
    }

    private static func inside(_ hostPath: String, as path: String, _ file: clinux_file, depth: Int = 0) -> [DeviceNode] {
        if file.kind == Int32(CLINUX_KIND_CHARACTER) || file.kind == Int32(CLINUX_KIND_BLOCK) { return [DeviceNode(path, file)] }
        guard file.kind == Int32(CLINUX_KIND_DIRECTORY), depth < 8 else { return [] }
        return children(hostPath).flatMap { name in
            var child = clinux_file()
            guard clinux_stat("\(hostPath)/\(name)", &child) == 0 else { return [DeviceNode]() }
            return inside("\(hostPath)/\(name)", as: "\(path)/\(name)", child, depth: depth + 1)
        }
    }

    /// Without links: what they lead to is there by its own name, or isn't the directory's.
    private static func children(_ path: String) -> [String] {
        do throws(Errno) { return try Directory.list(path).map(\.name).filter { !isLink("\(path)/\($0)") } } catch { return [] }
    }

    private static func isLink(_ path: String) -> Bool {
        var first: CChar = 0
        return readlink(path, &first, 1) >= 0
    }

    /// What the control group is to allow for this node.
    func rule(_ access: DeviceRule.Access) -> DeviceRule {
        DeviceRule(kind == Int32(CLINUX_KIND_BLOCK) ? .block : .character, major, minor, access)
    }

    /// Makes the node in the tree that is the root now. One that is there already is kept.
    func make() throws(Errno) {
        guard let parent = Directory.parent(of: path), let name = path.split(separator: "/").last else {
            throw Errno(code: EINVAL, call: "mknod \(path)")
        }
        let root = OwnedDescriptor(taking: try Errno.check(clinux_open_path("/"), "open /"))
        // As a mount's: the image's own links don't lead out, nor does `/proc/self/fd`.
        let directory = try ContainerPath(root: root.raw).place(parent, isDirectory: true)
        let result = clinux_make_device_at(directory.raw, String(name), kind, mode, uid, gid, major, minor)
        guard result == 0 || result == -EEXIST else { throw Errno(code: -result, call: "mknod \(path)") }
    }
}
