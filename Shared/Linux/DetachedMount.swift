// Mounts that are made first and attached later, by descriptor.
import CLinux
import Glibc

public struct MountAttributes: OptionSet, Sendable, Equatable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let readonly = MountAttributes(rawValue: 0x01)
    public static let noSetuid = MountAttributes(rawValue: 0x02)
    public static let noDevices = MountAttributes(rawValue: 0x04)
    public static let noExecute = MountAttributes(rawValue: 0x08)
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    public static let strictAccessTime = MountAttributes(rawValue: 0x20)
    public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
}

public enum MountPropagation: UInt64, Sendable {
    case `private` = 0x40000
    case slave = 0x80000
    case shared = 0x100000
}

/// A mount that is in no tree until it is attached; let go of before, it is gone.
public final class DetachedMount {
    public let descriptor: Int32

    /// Takes the descriptor.
    public init(taking descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A copy of the mount that `path` is on, from there down.
    public static func clone(_ path: String, recursive: Bool) throws(Errno) -> DetachedMount {
        let result = clinux_clone_mount(AT_FDCWD, path, recursive ? 1 : 0)
        return DetachedMount(taking: try Errno.check(result, "open_tree \(path)"))
    }

    /// The same of the file or directory that a descriptor names.
    public static func clone(of descriptor: Int32, recursive: Bool) throws(Errno) -> DetachedMount {
        let result = clinux_clone_mount(descriptor, "", recursive ? 1 : 0)
        return DetachedMount(taking: try Errno.check(result, "open_tree"))
    }

    /// A new instance of a file system. An option without a value is a flag. Throws EINVAL naming the option the kernel refuses.
    public static func make(
        _ type: String, source: String? = nil, options: [(key: String, value: String?)] = [], attributes: MountAttributes = []
    ) throws(Errno) -> DetachedMount {
        let context = OwnedDescriptor(taking: try Errno.check(clinux_fsopen(type), "fsopen \(type)"))
        if let source { try Errno.check(clinux_fsconfig_string(context.raw, "source", source), "fsconfig source") }
        for (key, value) in options {
            let result = value.map { clinux_fsconfig_string(context.raw, key, $0) } ?? clinux_fsconfig_flag(context.raw, key)
            try Errno.check(result, "fsconfig \(key)")
        }
        try Errno.check(clinux_fsconfig_create(context.raw), "create \(type)")
        let mount = clinux_fsmount(context.raw, attributes.rawValue)
        return DetachedMount(taking: try Errno.check(mount, "fsmount \(type)"))
    }

    public func set(
        _ attributes: MountAttributes, clear: MountAttributes = [], propagation: MountPropagation? = nil, recursive: Bool = false
    ) throws(Errno) {
        let result = clinux_mount_setattr(
            descriptor, recursive ? 1 : 0, attributes.rawValue, clear.rawValue, propagation?.rawValue ?? 0)
        try Errno.check(result, "mount_setattr")
    }

    /// Shows its files as the user namespace, held by descriptor, maps their owners. Only before it is attached, and only once.
    public func mapIDs(_ userNamespace: Int32, recursive: Bool = false) throws(Errno) {
        let result = clinux_mount_map_ids(descriptor, recursive ? 1 : 0, userNamespace)
        try Errno.check(result, "mount_setattr idmap")
    }

    public func attach(at path: String) throws(Errno) {
        try Errno.check(clinux_move_mount(descriptor, path), "move_mount \(path)")
    }

    /// Attaches to the file or directory that a descriptor names.
    public func attach(onto target: Int32) throws(Errno) {
        try Errno.check(clinux_move_mount_onto(descriptor, target), "move_mount")
    }
}
