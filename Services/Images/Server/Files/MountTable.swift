// The mounts of a process, as `/proc/<pid>/mountinfo` lists them.
import Linux

struct MountTable: Sendable {
    struct Row: Sendable, Equatable {
        /// As stat(2) numbers it.
        var device: UInt64
        /// Where it is, as the process sees it.
        var place: String
        var type: String
        /// Options of the file system.
        var options: [String]
    }

    let rows: [Row]

    init(of pid: Int32) throws(SystemError) {
        do throws(Errno) { self.init(try MountInfo.list(of: pid)) } catch {
            throw SystemError(call: "read", path: "/proc/\(pid)/mountinfo", code: error.code)
        }
    }

    init(_ text: String) { self.init(MountInfo.parse(text)) }

    private init(_ mounts: [MountInfo]) {
        rows = mounts.map { Row(device: Self.device($0.major, $0.minor), place: $0.point, type: $0.type, options: $0.options) }
    }

    /// makedev(3), which is a macro.
    private static func device(_ major: UInt64, _ minor: UInt64) -> UInt64 {
        (major & 0xffff_f000) << 32 | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | minor & 0xff
    }

    /// What the kernel tells by files, and has no end.
    private static let pseudo: Set<String> = [
        "proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts", "devtmpfs", "securityfs", "debugfs", "tracefs", "bpf", "pstore",
        "configfs", "efivarfs", "binfmt_misc", "hugetlbfs", "fusectl", "nsfs",
    ]

    /// The file systems that are there for the processes and aren't a part of the container: those, and its devices.
    var pseudoDevices: Set<UInt64> {
        Set(rows.filter { Self.pseudo.contains($0.type) || ($0.place == "/dev" && $0.type == "tmpfs") }.map(\.device))
    }
}
