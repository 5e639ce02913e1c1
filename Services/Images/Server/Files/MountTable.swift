// The mounts of a process, as `/proc/<pid>/mountinfo` lists them.
import Glibc

struct MountTable: Sendable {
    struct Row: Sendable, Equatable {
        /// As stat(2) numbers it.
        var device: UInt64
        /// Where it is, as the process sees it; spaces are escaped.
        var place: String
        var type: String
        /// Options of the file system.
        var options: [String]
    }

    let rows: [Row]

    /// Throws `SystemError`.
    init(of pid: Int32) throws {
        let source = try FileSource(path: "/proc/\(pid)/mountinfo")
        var bytes: [UInt8] = []
        while let piece = try source.next() { bytes += piece }
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    init(_ text: String) {
        rows = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 6, let dash = words[6...].firstIndex(of: "-"), words.count > dash + 3 else { return nil }
            let numbers = words[2].split(separator: ":").compactMap { UInt64($0) }
            guard numbers.count == 2 else { return nil }
            return Row(
                device: Self.device(numbers[0], numbers[1]), place: words[4], type: words[dash + 1],
                options: words[dash + 3].split(separator: ",").map(String.init))
        }
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
