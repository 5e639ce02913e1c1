// The program that shims are, out of reach of their containers.
import Glibc
import Linux

/// Whoever is in a container can have it executed there: `/proc/self/exe` as a command, or as the interpreter of one, is the shim's program
/// while that becomes the container's process. Then it can be opened, and be overwritten when nobody executes it any more (CVE-2019-5736).
enum OwnExecutable {
    private static let path = "/proc/self/exe"
    private static let name = "berth-shim"

    /// Begins the program anew, as the same process, from a mount of its own through which nobody can change the file. Returns in the
    /// process that runs so, or with an error where there can be none.
    static func protect() throws(Errno) {
        if isReadOnly(path) {
            // Executed by a descriptor's name, it would be called by that.
            return try SmallFile.write(name, to: "/proc/self/comm")
        }
        let mount = try DetachedMount.clone(path, recursive: false)
        try mount.set(.readonly)
        let place = "/proc/self/fd/\(mount.descriptor)"
        guard isReadOnly(place) else { throw Errno(code: EROFS, call: "make \(path) read-only") }
        let variables = try SmallFile.read("/proc/self/environ", limit: 8 << 20).split(separator: 0)
        let code = StringVector.execute(place, CommandLine.arguments, variables.map { String(decoding: $0, as: UTF8.self) })
        throw Errno(code: code, call: "execute \(path)")
    }

    private static func isReadOnly(_ path: String) -> Bool {
        var system = statvfs()
        return statvfs(path, &system) == 0 && system.f_flag & 1 != 0
    }
}
