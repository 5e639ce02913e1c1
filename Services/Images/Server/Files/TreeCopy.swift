// Copies a tree with everything that is said of its files.
import CLinux
import Glibc

/// Copies owners, modes, times, extended attributes, hard links, devices and holes. One use.
struct TreeCopy {
    /// As deep as Linux lets a path be.
    private static let maximumDepth = 2048

    private struct Origin: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// Where files with several names were copied to first.
    private var copied: [Origin: (directory: Descriptor, name: RawPath)] = [:]

    /// Copies what is in one directory into another, which becomes like it. Blocks. Throws `SystemError`.
    mutating func copy(_ from: Descriptor, to: Descriptor) throws(SystemError) {
        try copyContents(from, to, depth: 0)
        var status = clinux_status()
        try SystemError.check(from.use { clinux_file_status($0, "", &status) }, "stat", ".")
        try describe(status, ".", from, to)
    }

    private mutating func copyContents(_ from: Descriptor, _ to: Descriptor, depth: Int) throws(SystemError) {
        if depth > Self.maximumDepth { throw SystemError(call: "copy", path: "a directory", code: ENAMETOOLONG) }
        for name in try DirectoryListing.names(from, path: ".") { try copyEntry(name, from, to, depth: depth) }
    }

    private mutating func copyEntry(_ name: RawPath, _ from: Descriptor, _ to: Descriptor, depth: Int) throws(SystemError) {
        var status = clinux_status()
        let found = from.use { clinux_file_status($0, name.cString, &status) }
        if found == -ENOENT { return }
        try SystemError.check(found, "stat", "\(name)")
        let origin = Origin(device: status.device, inode: status.inode)
        let isShared = status.links > 1 && status.mode & S_IFMT != S_IFDIR
        if isShared, let first = copied[origin] {
            let result = first.directory.use { old in to.use { clinux_layer_link(old, first.name.cString, $0, name.cString) } }
            try SystemError.check(result, "link", "\(name)")
            return
        }
        switch status.mode & S_IFMT {
        case S_IFDIR: try copyDirectory(name, from, to, depth: depth)
        case S_IFREG: try copyFile(name, status, from, to)
        case S_IFLNK: try copyLink(name, from, to)
        case S_IFSOCK: return
        default:
            let made = to.use { clinux_layer_node($0, name.cString, status.mode, status.major, status.minor) }
            try SystemError.check(made, "mknod", "\(name)")
        }
        try describe(status, name, from, to)
        if isShared { copied[origin] = (to, name) }
    }

    private mutating func copyDirectory(_ name: RawPath, _ from: Descriptor, _ to: Descriptor, depth: Int) throws(SystemError) {
        try SystemError.check(to.use { clinux_layer_directory($0, name.cString, 0o700) }, "mkdir", "\(name)")
        let source = Descriptor(owning: try SystemError.check(from.use { clinux_layer_read($0, name.cString, 1) }, "open", "\(name)"))
        let target = Descriptor(owning: try SystemError.check(to.use { clinux_layer_read($0, name.cString, 1) }, "open", "\(name)"))
        try copyContents(source, target, depth: depth + 1)
    }

    private func copyFile(_ name: RawPath, _ status: clinux_status, _ from: Descriptor, _ to: Descriptor) throws(SystemError) {
        let source = Descriptor(owning: try SystemError.check(from.use { clinux_layer_read($0, name.cString, 0) }, "open", "\(name)"))
        let target = Descriptor(owning: try SystemError.check(to.use { clinux_layer_create($0, name.cString) }, "create", "\(name)"))
        let result = source.use { source in target.use { clinux_file_copy(source, $0, status.size) } }
        try SystemError.check(result, "copy", "\(name)")
    }

    private func copyLink(_ name: RawPath, _ from: Descriptor, _ to: Descriptor) throws(SystemError) {
        let target = try FileAttributes.linkTarget(from, name)
        try SystemError.check(to.use { clinux_layer_symlink(target.cString, $0, name.cString) }, "symlink", "\(name)")
    }

    /// Owner before permissions and attributes: a change of owner takes set-user-ID and capabilities away.
    func describe(_ status: clinux_status, _ name: RawPath, _ from: Descriptor, _ to: Descriptor) throws(SystemError) {
        let cName = name.cString
        try SystemError.check(to.use { clinux_layer_chown($0, cName, status.uid, status.gid) }, "chown", "\(name)")
        if status.mode & S_IFMT != S_IFLNK {
            try SystemError.check(to.use { clinux_layer_chmod($0, cName, status.mode & 0o7777) }, "chmod", "\(name)")
        }
        for attribute in try FileAttributes.all(from, name) where !OverlayAttribute.isReserved(attribute.name) {
            let set = to.use { clinux_layer_setxattr($0, cName, attribute.name, attribute.value, attribute.value.count) }
            if set != -ENOTSUP { try SystemError.check(set, "set the extended attribute \(attribute.name)", "\(name)") }
        }
        let touched = to.use { clinux_layer_touch($0, cName, status.modified_seconds, status.modified_nanoseconds) }
        try SystemError.check(touched, "set the time of", "\(name)")
    }
}
