// Which mounts of a container come from outside, and where they are at a restore.
import Contracts
import Testing

@testable import ShimServer

@Suite struct ExternalMountsTests {
    private static let table = MountTable.parse(
        """
        95 110 0:42 / / rw,relatime - overlay overlay rw
        96 95 254:0 /srv /data ro,relatime - ext4 /dev/vda rw
        97 96 254:1 / /data/disk\\040one rw,relatime master:3 - ext4 /dev/vdb rw
        98 96 0:60 / /data/scratch rw - tmpfs tmpfs rw
        99 95 254:0 /sock /run/sock rw - ext4 /dev/vda rw
        111 95 0:45 / /proc rw - proc proc rw
        112 95 0:46 / /dev rw - tmpfs tmpfs rw
        115 114 0:49 / /sys/fs/cgroup ro - tmpfs tmpfs rw
        116 115 0:35 /berth/c /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids
        121 111 0:46 /null /proc/keys rw - tmpfs tmpfs rw
        nonsense
        """)

    private static func plan() throws -> MountPlan {
        var spec = ContainerSpec.plain
        spec.mounts = [
            MountSpec(kind: .bind, source: "/srv", destination: "/data"), MountSpec(kind: .tmpfs, destination: "/data/scratch"),
            MountSpec(kind: .bind, source: "/sock", destination: "/var/run/sock"),
        ]
        return try MountPlan.make(spec)
    }

    private static func found() throws -> [ExternalMount] {
        ExternalMounts.find(in: table, try plan()) { $0 == "/var/run/sock" ? "/run/sock" : $0 }
    }

    @Test func whatTheContainerHasOfItsOwnIsNotAmongThem() throws {
        #expect(
            try Self.found() == [
                ExternalMount(point: "/data", destination: "/data", below: ""),
                ExternalMount(point: "/data/disk one", destination: "/data", below: "/disk one"),
                ExternalMount(point: "/run/sock", destination: "/var/run/sock", below: ""),
                ExternalMount(point: "/sys/fs/cgroup/pids", destination: "/sys/fs/cgroup", below: "/pids"),
            ])
    }

    @Test func theyAreFoundAgainAtARestore() throws {
        let (stage, plan) = (RestoreStage(path: "/stage"), try Self.plan())
        let views = [CgroupView(names: ["cpu"], hostPath: "/a"), CgroupView(names: ["pids"], hostPath: "/b")]
        #expect(
            try Self.found().map { stage.place(of: $0, plan, views) } == [
                "/stage/bind-0", "/stage/bind-0/disk one", "/stage/bind-1", "/stage/cgroup-1",
            ])
        let whole = ExternalMount(point: "/sys/fs/cgroup", destination: "/sys/fs/cgroup", below: "")
        #expect(stage.place(of: whole, plan, [CgroupView(names: [], hostPath: "/c")]) == "/stage/cgroup-0")
        #expect(stage.place(of: ExternalMount(point: "/gone", destination: "/gone", below: ""), plan, views) == nil)
        #expect(stage.place(of: whole, plan, []) == nil)
    }

    @Test func theMountOfAnOpenFileIsKnown() throws {
        #expect(Self.table.contains(id: 115) && !Self.table.contains(id: 5))
        let (id, table) = (OpenFile.mount(of: "/proc/self/fdinfo/0"), try MountTable.read(of: 1))
        #expect(id != nil && !table.entries.isEmpty)
        #expect(OpenFile.mount(of: "/proc/self/fdinfo/nosuch") == nil)
        #expect(OpenFile.file(mount: 70, inode: 10) == "file[46:a]")
    }
}
