// The layer between every container's image and its rw layer: mount points and files that the engine mounts over.
import CLinux
import Glibc

/// One for the whole store. It is made once, whole, and read-only from then on.
struct InitLayer {
    let paths: StorePaths
    let trash: Trash

    static let directories = ["dev", "dev/pts", "dev/shm", "etc", "proc", "sys"]
    static let files = [".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf"]
    static let links = ["etc/mtab": "/proc/mounts"]

    /// Makes it, unless it is there. Throws `SystemError`.
    func prepare() throws(SystemError) {
        if access(paths.initLayer, F_OK) == 0 { return }
        let draft = "\(paths.staging)/\(StorePaths.initName)"
        try trash.take(path: draft)
        try fill("\(draft)/\(StorePaths.diff)", below: draft)
        let directory = try Descriptor.directory(draft)
        try SystemError.check(directory.use { clinux_syncfs($0) }, "syncfs", draft)
        try SystemError.check(clinux_rename_exclusively(draft, paths.initLayer), "rename", paths.initLayer)
        try Descriptor.directory(paths.layers).synchronize(paths.layers)
    }

    private func fill(_ root: String, below draft: String) throws(SystemError) {
        for directory in [draft, root] + Self.directories.map({ "\(root)/\($0)" }) {
            try NewDirectory.make(directory, 0o755)
        }
        for file in Self.files.map({ "\(root)/\($0)" }) {
            _ = try FileSink(creating: file)
            try check(chmod(file, 0o755), "chmod", file)
        }
        for (link, target) in Self.links {
            try check(symlink(target, "\(root)/\(link)"), "symlink", "\(root)/\(link)")
        }
    }

    private func check(_ result: Int32, _ call: String, _ path: String) throws(SystemError) {
        if result < 0 { throw SystemError(call: call, path: path, code: errno) }
    }
}
