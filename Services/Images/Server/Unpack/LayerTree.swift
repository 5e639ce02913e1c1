// The files of one layer while it is being unpacked: every path begins and ends at the layer's root.
import CLinux
import Glibc

/// A layer's root directory and the calls that make files in it.
///
/// Parents are resolved as a chroot would resolve them: `..`, absolute names and links of the layer itself can't lead out. The last
/// component is never followed. Nobody but the unpacker changes the tree, so what was looked at stays so.
final class LayerTree {
    private let root: Descriptor
    private let trash: Trash
    /// Directories by the paths that led to them. Emptied whenever a name is taken away: it may have been a link on the way to one.
    private var opened: [RawPath: Descriptor] = [:]
    private static let mostOpened = 128
    /// Whether a directory may hand its group down to what is made in it: by set-group-ID, or since the file system is mounted so.
    private(set) var handsDown: Bool

    /// `path` is a directory that is there already. Throws `SystemError`.
    init(path: String, trash: Trash) throws {
        root = try Descriptor.directory(path)
        self.trash = trash
        var status = stat()
        handsDown = root.use { fstat($0, &status) } < 0 || status.st_gid != 0 || status.st_mode & S_ISGID != 0
    }

    /// The directory an entry goes into; missing ones are made, owned by root, mode 0755. Throws `UnpackError`.
    func directory(of path: EntryPath) throws(UnpackError) -> Descriptor {
        if let directory = opened[path.parent] { return directory }
        let result = open(path.parent)
        if result == -ENOENT { return try makeAncestors(of: path) }
        return remember(Descriptor(owning: try Self.check(result, "open the parent directory", path.name)), path.parent)
    }

    private func remember(_ directory: Descriptor, _ path: RawPath) -> Descriptor {
        if opened.count >= Self.mostOpened { opened = [:] }
        opened[path] = directory
        return directory
    }

    /// The directory of something that must be there already; nil when it isn't.
    func existingDirectory(of path: EntryPath) -> Descriptor? {
        if let directory = opened[path.parent] { return directory }
        let result = open(path.parent)
        return result < 0 ? nil : Descriptor(owning: result)
    }

    private func open(_ path: RawPath) -> Int32 { root.use { clinux_layer_open($0, path.cString) } }

    /// Makes what is missing, from the lowest directory that is there. Returns the lowest one.
    private func makeAncestors(of path: EntryPath) throws(UnpackError) -> Descriptor {
        var missing: [RawPath] = []
        var directory = root
        for ancestor in path.ancestors.reversed() {
            let result = opened[ancestor] == nil ? open(ancestor) : 0
            if result == -ENOENT {
                missing.append(ancestor)
                continue
            }
            try Self.check(result, "open the parent directory", ancestor)
            directory = opened[ancestor] ?? Descriptor(owning: result)
            break
        }
        for ancestor in missing.reversed() {
            guard let place = EntryPath(ancestor) else { throw .escapes(entry: "\(ancestor)") }
            let name = place.name.cString
            try Self.check(directory.use { clinux_layer_directory($0, name, 0o755) }, "mkdir", ancestor)
            let entered = directory.use { clinux_layer_enter($0, name) }
            directory = remember(Descriptor(owning: try Self.check(entered, "open the parent directory", ancestor)), ancestor)
        }
        return directory
    }

    /// What is at a name; nil for nothing.
    func look(_ directory: Descriptor, _ name: RawPath) throws(UnpackError) -> clinux_entry? {
        var entry = clinux_entry()
        let result = directory.use { clinux_layer_stat($0, name.cString, &entry) }
        if result == -ENOENT { return nil }
        try Self.check(result, "lstat", name)
        return entry
    }

    /// Takes away whatever is at a name, so that another entry can have it.
    func clear(_ directory: Descriptor, _ name: RawPath) throws(UnpackError) {
        opened = [:]
        let result = directory.use { clinux_layer_remove($0, name.cString, 0) }
        if result == 0 || result == -ENOENT { return }
        guard result == -EISDIR else { throw .system(call: "unlink", entry: "\(name)", code: -result) }
        do {
            try trash.take(from: directory, name: name)
        } catch {
            throw .system(call: error.call, entry: "\(name)", code: error.code)
        }
    }

    /// Runs `make`, a call that fails with EEXIST when the name is taken; then clears the name and runs it again.
    @discardableResult
    func replacing(_ directory: Descriptor, _ name: RawPath, _ call: String, _ make: (Int32) -> Int32) throws(UnpackError) -> Int32 {
        let result = directory.use(make)
        guard result == -EEXIST else { return try Self.check(result, call, name) }
        try clear(directory, name)
        return try Self.check(directory.use(make), call, name)
    }

    /// A directory has got this mode and group.
    func noteDirectory(mode: UInt32, group: UInt32) {
        if mode & UInt32(S_ISGID) != 0 || group != 0 { handsDown = true }
    }

    func setAttribute(_ directory: Descriptor, _ name: RawPath, _ attribute: String, _ value: [UInt8]) throws(UnpackError) {
        let result = directory.use { clinux_layer_setxattr($0, name.cString, attribute, value, value.count) }
        try Self.check(result, "set the extended attribute \(attribute)", name)
    }

    /// Hides what the layers below have in a directory.
    func makeOpaque(_ directory: Descriptor, _ name: RawPath) throws(UnpackError) {
        try setAttribute(directory, name, OverlayAttribute.opaque, Array("y".utf8))
    }

    @discardableResult
    static func check(_ result: Int32, _ call: String, _ entry: RawPath) throws(UnpackError) -> Int32 {
        if result < 0 { throw .system(call: call, entry: "\(entry)", code: -result) }
        return result
    }
}

extension clinux_entry {
    var isDirectory: Bool { mode & 0o170000 == 0o040000 }
    /// A character device 0:0, by which overlayfs hides a name.
    var isWhiteout: Bool { mode & 0o170000 == 0o020000 && device == 0 }
}
