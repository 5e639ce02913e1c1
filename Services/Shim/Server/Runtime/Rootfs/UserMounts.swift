// Attaches what the user asked for at the places the user named, inside the container's root.
import CLinux
import Glibc
import Linux

enum UserMounts {
    static func attach(_ mount: DetachedMount, _ bind: BindMount) throws(Errno) {
        let mount = bind.layers.isEmpty || bind.subpath.isEmpty ? mount : try part(of: mount, bind)
        var source = clinux_file()
        try Errno.check(clinux_stat_descriptor(mount.descriptor, &source), "stat \(bind.source)")
        let isDirectory = source.kind == Int32(CLINUX_KIND_DIRECTORY)
        let target = try place(bind.destination, isDirectory: isDirectory)
        do throws(Errno) {
            try mount.attach(onto: target.raw)
        } catch {
            throw try mismatch(target.raw, isDirectory: isDirectory) ?? error
        }
    }

    /// What is wrong with a directory over a file, or a file over a directory, which the kernel says of much else too.
    private static func mismatch(_ target: Int32, isDirectory: Bool) throws(Errno) -> Errno? {
        var file = clinux_file()
        try Errno.check(clinux_stat_descriptor(target, &file), "stat")
        guard isDirectory != (file.kind == Int32(CLINUX_KIND_DIRECTORY)) else { return nil }
        return Errno(code: ENOTDIR, call: "move_mount")
    }

    /// Kernels before 6.15 copy nothing of a mount that is in no tree: it is put over a directory that every container has, and taken
    /// away again.
    private static func part(of image: DetachedMount, _ bind: BindMount) throws(Errno) -> DetachedMount {
        try image.attach(at: scratch)
        let found = clinux_open_path_in_root(image.descriptor, bind.subpath)
        let place = OwnedDescriptor(taking: try Errno.check(found, "cannot access path \(bind.source)/\(bind.subpath)"))
        let part = try DetachedMount.clone(of: place.raw, recursive: false)
        try Errno.check(clinux_file_unmount(scratch, 1), "unmount \(scratch)")
        return part
    }

    private static let scratch = "/dev"

    /// Over a directory of the image, the tmpfs takes that one's mode unless the user chose another. A directory that is made for
    /// it is anyone's, as the tmpfs of Docker is, now and after a restart.
    static func make(_ mount: TmpfsMount) throws(Errno) {
        let target = try place(mount.destination, isDirectory: true, mode: 0o1777)
        var file = clinux_file()
        try Errno.check(clinux_stat_descriptor(target.raw, &file), "stat \(mount.destination)")
        let options = ["mode=\(String(file.mode, radix: 8))"] + mount.options
        let pairs = options.map { option in
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            return (key: parts[0], value: parts.count > 1 ? parts[1] : nil)
        }
        try DetachedMount.make("tmpfs", source: "tmpfs", options: pairs, attributes: mount.attributes).attach(onto: target.raw)
    }

    private static func place(_ path: String, isDirectory: Bool, mode: UInt32 = 0o755) throws(Errno) -> OwnedDescriptor {
        let root = OwnedDescriptor(taking: try Errno.check(clinux_open_path("/"), "open /"))
        let target = try ContainerPath(root: root.raw).place(path, isDirectory: isDirectory, mode: mode)
        try refuseProc(target.raw, path)
        return target
    }

    /// What may be mounted inside `/proc`; anything else could fake what the kernel says of a process.
    private static let allowedInProc: Set<String> = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
        "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ]

    /// Looks at where the path really led.
    private static func refuseProc(_ descriptor: Int32, _ path: String) throws(Errno) {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = clinux_read_link(AT_FDCWD, "/proc/self/fd/\(descriptor)", &buffer, buffer.count)
        // Without a proc of its own there is nothing to fake.
        guard count > 0 else { return }
        let real = String(decoding: buffer[..<count], as: UTF8.self)
        guard real.hasPrefix("/proc/"), !allowedInProc.contains(real) else { return }
        throw Errno(code: EPERM, call: "\"\(path)\" cannot be mounted because it is inside /proc")
    }
}
