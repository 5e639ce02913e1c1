// Hides paths of /proc and /sys from a container, or makes them read-only.
import CLinux
import Glibc
import Linux

enum PathGuards {
    /// A file becomes `/dev/null`, a directory an empty read-only one. What isn't there needs no hiding.
    static func mask(_ paths: [String]) throws(RuntimeFailure) {
        var firstDirectory: String?
        for path in paths {
            do throws(Errno) {
                let found = clinux_open_path(path)
                if found == -ENOENT || found == -ENOTDIR { continue }
                let target = OwnedDescriptor(taking: try Errno.check(found, "open \(path)"))
                var file = clinux_file()
                try Errno.check(clinux_stat_descriptor(target.raw, &file), "stat \(path)")
                let cover = try file.kind == Int32(CLINUX_KIND_DIRECTORY) ? emptyDirectory(likeOn: firstDirectory) : nullDevice()
                try cover.attach(onto: target.raw)
                if file.kind == Int32(CLINUX_KIND_DIRECTORY) { firstDirectory = firstDirectory ?? path }
            } catch {
                throw RuntimeFailure(step: "mask", errno: error.code, message: "can't mask path \"\(path)\": \(error)")
            }
        }
    }

    static func protect(_ paths: [String]) throws(RuntimeFailure) {
        for path in paths {
            do throws(Errno) {
                let mount = try DetachedMount.clone(path, recursive: true)
                try mount.set(.readonly, recursive: true)
                try mount.attach(at: path)
            } catch {
                if error.code == ENOENT || error.code == ENOTDIR { continue }
                throw RuntimeFailure(step: "readonly", errno: error.code, message: "can't make \"\(path)\" read-only: \(error)")
            }
        }
    }

    /// One file system serves for all directories: each more would cost a superblock.
    private static func emptyDirectory(likeOn path: String?) throws(Errno) -> DetachedMount {
        if let path { return try .clone(path, recursive: false) }
        return try .make("tmpfs", source: "tmpfs", attributes: .readonly)
    }

    private static func nullDevice() throws(Errno) -> DetachedMount {
        let mount = try DetachedMount.clone("/dev/null", recursive: false)
        var file = clinux_file()
        try Errno.check(clinux_stat_descriptor(mount.descriptor, &file), "stat /dev/null")
        guard file.kind == Int32(CLINUX_KIND_CHARACTER), file.major == 1, file.minor == 3 else {
            throw Errno(code: EINVAL, call: "/dev/null is not the null device")
        }
        return mount
    }
}
