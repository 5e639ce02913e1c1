// What a file is, apart from its content.
import CLinux
import Glibc

/// Of the entry itself, links not followed.
struct FileFacts: Equatable {
    struct Metadata: Equatable {
        var mode: mode_t
        var uid: uid_t
        var gid: gid_t
        var seconds: Int
        var nanoseconds: Int
        var attributes: [String: [UInt8]]
    }

    var type: mode_t
    var device: dev_t
    var size: off_t
    /// Of a symbolic link.
    var target: [UInt8]
    var metadata: Metadata

    var isDirectory: Bool { type == S_IFDIR }
    var isRegular: Bool { type == S_IFREG }

    /// Throws `SystemError`.
    init(_ directory: Descriptor, _ name: RawPath) throws(SystemError) {
        var status = stat()
        let failure = directory.use { fstatat($0, name.cString, &status, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0 }
        if failure != 0 { throw SystemError(call: "stat", path: "\(name)", code: failure) }
        type = status.st_mode & S_IFMT
        device = type == S_IFCHR || type == S_IFBLK ? status.st_rdev : 0
        size = status.st_size
        target = type == S_IFLNK ? Self.target(directory, name) : []
        // Directories that only hold others' entries, and marks of removed files, have the time when they were made.
        let isTimed = type == S_IFREG || type == S_IFLNK
        metadata = Metadata(
            mode: status.st_mode & 0o7777, uid: status.st_uid, gid: status.st_gid, seconds: isTimed ? status.st_mtim.tv_sec : 0,
            nanoseconds: isTimed ? status.st_mtim.tv_nsec : 0, attributes: Self.attributes(directory, name))
    }

    private static func target(_ directory: Descriptor, _ name: RawPath) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = directory.use { readlinkat($0, name.cString, &buffer, buffer.count) }
        return buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    }

    /// The attributes that overlayfs and the kernel act on; others of an image aren't compared.
    private static let compared = [OverlayAttribute.opaque, "security.capability"]

    private static func attributes(_ directory: Descriptor, _ name: RawPath) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for attribute in compared {
            var value = [UInt8](repeating: 0, count: 256)
            let count = directory.use { clinux_layer_getxattr($0, name.cString, attribute, &value, value.count) }
            if count >= 0 { found[attribute] = Array(value.prefix(Int(count))) }
        }
        return found
    }

    /// Gives another directory this one's mode, owner and attributes. Throws `SystemError`.
    func apply(to directory: Descriptor, _ name: RawPath) throws(SystemError) {
        let text = name.cString
        try SystemError.check(directory.use { clinux_layer_chown($0, text, metadata.uid, metadata.gid) }, "chown", "\(name)")
        try SystemError.check(directory.use { clinux_layer_chmod($0, text, UInt32(metadata.mode)) }, "chmod", "\(name)")
        let present = Self.attributes(directory, name)
        for (attribute, value) in metadata.attributes where present[attribute] != value {
            let result = directory.use { clinux_layer_setxattr($0, text, attribute, value, value.count) }
            try SystemError.check(result, "set attribute \(attribute)", "\(name)")
        }
        if let surplus = present.keys.first(where: { metadata.attributes[$0] == nil }) {
            throw SystemError(call: "remove attribute \(surplus)", path: "\(name)", code: ENOTSUP)
        }
    }
}

/// A directory's own times, which change as files in it are replaced.
struct FileTimes {
    private let modified: timespec

    /// Throws `SystemError`.
    init(_ directory: Descriptor) throws(SystemError) {
        var status = stat()
        if directory.use({ fstat($0, &status) }) < 0 { throw SystemError(call: "stat", path: "", code: errno) }
        modified = status.st_mtim
    }

    /// Throws `SystemError`.
    func apply(to directory: Descriptor) throws(SystemError) {
        var times = [modified, modified]
        if directory.use({ futimens($0, &times) }) < 0 { throw SystemError(call: "utimens", path: "", code: errno) }
    }
}
