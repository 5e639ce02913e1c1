// The host's resolv.conf, as it changes.
import Glibc
import Synchronization

/// Tells the host's name servers, and whether to look again.
final class HostResolverFile: Sendable {
    /// How often it is looked at.
    static let interval: Milliseconds = 1000

    private struct Stamp: Equatable {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        var size: Int = 0
        var seconds: Int = 0
        var nanoseconds: Int = 0
    }

    private let paths: [String]
    private let stamps = Mutex<[Stamp]>([])

    /// `resolved` is where systemd-resolved keeps what `host` hides.
    init(host: String = ResolvConf.hostPath, resolved: String = ResolvConf.resolvedPath) {
        paths = [host, resolved]
    }

    /// True when a file is another one, or was written to, since the last call.
    func hasChanged() -> Bool {
        let current = paths.map(Self.stamp)
        return stamps.withLock { stamps in
            defer { stamps = current }
            return stamps != current
        }
    }

    /// What can't be read counts as empty.
    func servers() -> [IPAddress] {
        let texts = paths.map { try? TextFile.read($0, limit: 1 << 20) }
        return ResolvConf.servers(host: (texts[0] ?? nil) ?? "", resolved: texts[1] ?? nil)
    }

    private static func stamp(_ path: String) -> Stamp {
        var information = stat()
        guard stat(path, &information) == 0 else { return Stamp() }
        return Stamp(
            device: UInt64(information.st_dev), inode: UInt64(information.st_ino), size: Int(information.st_size),
            seconds: information.st_mtim.tv_sec, nanoseconds: information.st_mtim.tv_nsec)
    }
}
