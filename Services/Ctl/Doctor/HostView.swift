// What a check can see of the host, so that checks can be tried on hosts that don't exist.
import CLinux
import Glibc
import ServiceKit

struct HostView {
    /// A file's text; nil when it can't be read.
    var text: (String) -> String?
    var exists: (String) -> Bool
    /// Bytes free on the file system that holds a path, or will hold it.
    var freeBytes: (String) -> UInt64?
    var isRoot: Bool
    /// The kernel answers on netfilter's netlink.
    var hasNetfilter: Bool
    var hasUser: (String) -> Bool
    /// What nft, at a path, lists of the packet filter; nil when that can't be had.
    var firewall: (String) -> String?

    static var this: HostView {
        HostView(
            text: readText,
            exists: { access($0, F_OK) == 0 },
            freeBytes: freeBytes,
            isRoot: geteuid() == 0,
            hasNetfilter: openNetfilter(),
            hasUser: { EngineUser.named($0) != nil },
            firewall: FirewallListing.read)
    }

    func program(_ name: String) -> String? {
        let directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        return directories.map { "\($0)/\(name)" }.first(where: exists)
    }

    /// Files of /proc say their size is 0, so this reads until the end. At most 1 MiB.
    private static func readText(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func freeBytes(_ path: String) -> UInt64? {
        var status = statvfs()
        var path = path
        while statvfs(path, &status) != 0 {
            guard errno == ENOENT, let slash = path.lastIndex(of: "/"), path != "/" else { return nil }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    private static func openNetfilter() -> Bool {
        let netfilter: Int32 = 12
        let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), netfilter)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }
}
