// Finds, and makes, the place of a mount below the container's root, whatever links its image or volumes have.
import CLinux
import Glibc
import Linux

/// Resolution by the kernel ends at the root by construction. Only what doesn't exist is followed by hand, to make it where a
/// link points.
struct ContainerPath {
    /// A descriptor of the container's root.
    let root: Int32

    /// A descriptor that names the file at `path`; a missing one is made, as a directory of that mode or as an empty file.
    func place(_ path: String, isDirectory: Bool, mode: UInt32 = 0o755) throws(Errno) -> OwnedDescriptor {
        let found = clinux_open_path_in_root(root, path)
        if found >= 0 { return OwnedDescriptor(taking: found) }
        guard found == -ENOENT else { throw Errno(code: -found, call: "open \(path)") }
        let parts = try followLinks(path)
        var parent = try open("/")
        for part in parts.dropLast() {
            try make(part, in: parent, isDirectory: true, mode: 0o755)
            parent = try Self.openChild(part, in: parent)
        }
        if let last = parts.last { try make(last, in: parent, isDirectory: isDirectory, mode: mode) }
        return try open("/" + parts.joined(separator: "/"))
    }

    private func open(_ path: String) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(taking: try Errno.check(clinux_open_path_in_root(root, path), "open \(path)"))
    }

    private static func openChild(_ name: String, in parent: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor {
        let child = clinux_open_child(parent.raw, name)
        return OwnedDescriptor(taking: try Errno.check(child, "open \(name)"))
    }

    private func make(_ name: String, in parent: borrowing OwnedDescriptor, isDirectory: Bool, mode: UInt32) throws(Errno) {
        let result: Int32
        if isDirectory {
            result = clinux_make_directory_at(parent.raw, name, mode)
        } else {
            result = clinux_open_file_at(parent.raw, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
            if result >= 0 { close(result) }
        }
        guard result >= 0 || result == -EEXIST else { throw Errno(code: -result, call: "make \(name)") }
    }

    /// The components with all links replaced, those that lead nowhere included.
    private func followLinks(_ path: String) throws(Errno) -> [String] {
        var pending = path.split(separator: "/").map(String.init)[...]
        var resolved: [String] = []
        var links = 0
        while let part = pending.popFirst() {
            if part == "." { continue }
            if part == ".." {
                _ = resolved.popLast()
                continue
            }
            guard let target = try link("/" + (resolved + [part]).joined(separator: "/")) else {
                resolved.append(part)
                continue
            }
            links += 1
            guard links <= 40 else { throw Errno(code: ELOOP, call: "open \(path)") }
            if target.hasPrefix("/") { resolved = [] }
            pending = target.split(separator: "/").map(String.init) + pending
        }
        return resolved
    }

    /// Where a link points, nil for anything else. The path has no links but its last component.
    private func link(_ path: String) throws(Errno) -> String? {
        guard let parent = Directory.parent(of: path), let name = path.split(separator: "/").last else { return nil }
        let directory = clinux_open_path_in_root(root, parent)
        guard directory >= 0 else { return nil }
        defer { close(directory) }
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = clinux_read_link(directory, String(name), &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
