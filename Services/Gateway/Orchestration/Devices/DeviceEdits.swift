// What requested devices add to a container, in the terms of shims. Pure.
import Contracts
import RPC

struct DeviceEdits: Sendable, Equatable {
    /// They win over the container's own.
    var environment: [String] = []
    var devices: [DeviceSpec] = []
    var mounts: [MountSpec] = []
    var groups: [String] = []
    var hooks: [HookSpec] = []

    init() {}

    /// Errors: notImplemented for what there is no way to do here; `invalidParameter` for what is no path.
    init(_ edits: CDIEdits) throws(RPCError) {
        guard !edits.hasIntelRdt else { throw Self.unsupported("intelRdt") }
        guard !edits.hasNetDevices else { throw Self.unsupported("netDevices") }
        environment = edits.env
        groups = edits.additionalGids.filter { $0 != 0 }.map(String.init)
        for node in edits.deviceNodes {
            let device = try DeviceSpec(node)
            devices.removeAll { $0.containerPath == device.containerPath }
            devices.append(device)
        }
        for mount in edits.mounts {
            let spec = try MountSpec(mount)
            mounts.removeAll { $0.destination == spec.destination }
            mounts.append(spec)
        }
        for hook in edits.hooks { hooks.append(try HookSpec(hook)) }
    }

    static func unsupported(_ what: String) -> RPCError {
        RPCError(.notImplemented, "CDI device injection failed: \(what) is not supported by this engine")
    }

    static func path(_ text: String, of what: String) throws(RPCError) -> String {
        guard text.hasPrefix("/"), PathText.clean(text) != "/" else {
            throw RPCError(.invalidParameter, "CDI device injection failed: \(what) \"\(text)\": its path must be absolute")
        }
        return PathText.clean(text)
    }
}

extension DeviceSpec {
    fileprivate init(_ node: CDIDeviceNode) throws(RPCError) {
        guard node.type != "p" else { throw DeviceEdits.unsupported("a device node of type p (\(node.path))") }
        let path = try DeviceEdits.path(node.path, of: "device node")
        let access = node.permissions == CDIDeviceNode.noPermissions ? "" : node.permissions.isEmpty ? "rwm" : node.permissions
        self.init(
            hostPath: node.hostPath.isEmpty ? path : node.hostPath, containerPath: path, permissions: access,
            node: DeviceNodeSpec(
                kind: node.type == "u" ? "c" : node.type, major: UInt32(clamping: node.major), minor: UInt32(clamping: node.minor),
                mode: node.fileMode.map { $0 & 0o7777 } ?? 0o666, uid: node.uid ?? 0, gid: node.gid ?? 0))
    }
}

extension HookSpec {
    /// The one kind that completes a container's files; the others are for what the engine or the container does itself.
    fileprivate init(_ hook: CDIHook) throws(RPCError) {
        guard hook.name == "createContainer" else { throw DeviceEdits.unsupported("a \(hook.name) hook (\(hook.path))") }
        let path = try DeviceEdits.path(hook.path, of: "hook")
        self.init(path: path, arguments: hook.args, environment: hook.env, timeout: hook.timeout.flatMap { $0 > 0 ? $0 : nil })
    }
}

extension MountSpec {
    private static let propagations: Set<String> = ["private", "rprivate", "slave", "rslave", "shared", "rshared"]
    private static let attributes: Set<String> = ["nosuid", "nodev", "noexec"]
    /// What a mount is without them.
    private static let standard: Set<String> = ["rw", "suid", "dev", "exec", "relatime", "defaults", "rbind", "async"]

    fileprivate init(_ mount: CDIMount) throws(RPCError) {
        let destination = try DeviceEdits.path(mount.containerPath, of: "mount")
        if mount.type == "tmpfs" {
            self.init(kind: .tmpfs, destination: destination, options: mount.options)
            return
        }
        guard ["", "bind", "none"].contains(mount.type) else {
            throw DeviceEdits.unsupported("a mount of type \(mount.type) (\(mount.containerPath))")
        }
        self.init(kind: .bind, source: try DeviceEdits.path(mount.hostPath, of: "mount"), destination: destination)
        for option in mount.options { try take(option, of: mount) }
    }

    private mutating func take(_ option: String, of mount: CDIMount) throws(RPCError) {
        switch option {
        case "ro", "rro": readonly = true
        case "bind": nonRecursive = true
        case _ where Self.propagations.contains(option): propagation = option
        case _ where Self.attributes.contains(option): options.append(option)
        case _ where Self.standard.contains(option): break
        default: throw DeviceEdits.unsupported("the mount option \(option) (\(mount.containerPath))")
        }
    }
}
