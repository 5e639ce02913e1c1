// Where files go that nobody claims any more, until there is time to delete them.
import CLinux
import Glibc
import Synchronization

/// A directory of things to delete. Getting rid of a tree is one rename; its files go later, in the background and after a crash.
final class Trash: Sendable {
    private let path: String
    private let directory: Descriptor
    private let counter = Atomic<UInt64>(0)
    /// Sets the names of this process apart from those an earlier one left.
    private let generation = UInt64.random(in: .min ... .max)

    /// `path` is a directory, on the file system of all that will be taken. Throws `SystemError`.
    init(path: String) throws(SystemError) {
        self.path = path
        directory = try Descriptor.directory(path)
    }

    /// Takes a file or a tree by its path; succeeds when there is none.
    func take(path victim: String) throws(SystemError) {
        if rename(victim, "\(path)/\(freshName())") < 0, errno != ENOENT {
            throw SystemError(call: "rename", path: victim, code: errno)
        }
    }

    /// Takes an entry of an open directory.
    func take(from parent: Descriptor, name: RawPath) throws(SystemError) {
        let failure = parent.use { from in
            directory.use { renameat(from, name.cString, $0, freshName()) < 0 ? errno : 0 }
        }
        if failure != 0 { throw SystemError(call: "rename", path: "\(name)", code: failure) }
    }

    /// Deletes all that is there. Blocks; trees may be of any depth. One thread at a time.
    /// Throws the first `SystemError`, after deleting everything else.
    func empty() throws(SystemError) {
        var failures: [RawPath: SystemError] = [:]
        while true {
            let names = try list(directory).filter { failures[$0] == nil }
            if names.isEmpty { break }
            for name in names {
                do {
                    try delete(name)
                } catch {
                    failures[name] = error
                }
            }
        }
        if let failure = failures.values.first { throw failure }
    }

    private func delete(_ name: RawPath) throws(SystemError) {
        let result = directory.use { clinux_layer_remove($0, name.cString, 0) }
        if result == -EISDIR { try emptyTree(name) } else { try check(result, name) }
    }

    /// Directories within come up beside their parent, to be emptied in their turn: no depth exhausts stack or descriptors.
    private func emptyTree(_ name: RawPath) throws(SystemError) {
        let opened = directory.use { clinux_layer_read($0, name.cString, 1) }
        if opened == -ENOENT { return }
        let tree = Descriptor(owning: try SystemError.check(opened, "open", "\(path)/\(name)"))
        for entry in try list(tree) {
            let result = tree.use { clinux_layer_remove($0, entry.cString, 0) }
            if result == -EISDIR {
                if tree.use({ clinux_layer_remove($0, entry.cString, 1) }) != 0 { try take(from: tree, name: entry) }
            } else {
                try check(result, entry)
            }
        }
        try check(directory.use { clinux_layer_remove($0, name.cString, 1) }, name)
    }

    private func list(_ directory: Descriptor) throws(SystemError) -> [RawPath] {
        try DirectoryListing.names(directory, path: path)
    }

    private func check(_ result: Int32, _ name: RawPath) throws(SystemError) {
        if result != -ENOENT { try SystemError.check(result, "unlink", "\(path)/\(name)") }
    }

    private func freshName() -> String {
        "\(String(generation, radix: 16))-\(counter.wrappingAdd(1, ordering: .relaxed).newValue)"
    }
}
