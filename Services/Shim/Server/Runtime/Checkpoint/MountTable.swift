// The mounts that a process sees, as the kernel lists them.
import Linux

struct MountTable: Equatable {
    struct Entry: Equatable {
        var id: Int
        /// In the process's tree.
        var point: String
        /// Of the file system: `overlay`, `cgroup2`…
        var type: String
    }
    var entries: [Entry]

    static func read(of pid: Int32) throws(Errno) -> MountTable { MountTable(try MountInfo.list(of: pid)) }

    static func parse(_ text: String) -> MountTable { MountTable(MountInfo.parse(text)) }

    private init(_ mounts: [MountInfo]) {
        entries = mounts.map { Entry(id: $0.id, point: $0.point, type: $0.type) }
    }

    func contains(id: Int) -> Bool { entries.contains { $0.id == id } }
}
