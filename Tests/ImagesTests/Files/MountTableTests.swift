// What of a process's mounts is a part of its container, and what is the kernel's.
@testable import ImagesServer
import Testing

struct MountTableTests {
    private static let text = """
        100 90 0:52 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/l/1:/l/0,upperdir=/u,workdir=/w
        101 100 0:53 / /proc rw,nosuid - proc proc rw
        102 100 0:300 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k
        103 102 0:54 / /dev/shm rw - tmpfs shm rw,size=65536k
        104 100 0:55 / /scratch rw - tmpfs tmpfs rw
        105 100 8:17 /volumes/v /data rw master:3 - ext4 /dev/sdb1 rw
        a line that is none
        """

    @Test func rowsAreRead() throws {
        let rows = MountTable(Self.text).rows
        #expect(rows.map(\.place) == ["/", "/proc", "/dev", "/dev/shm", "/scratch", "/data"])
        #expect(rows[0].type == "overlay" && rows[0].options.contains("upperdir=/u"))
        #expect(rows[5].device == 8 << 8 | 17 && rows[2].device == 1 << 20 | 44)
    }

    @Test func theKernelsFilesAreLeftOutAndMemoryIsNot() throws {
        let mounts = MountTable(Self.text)
        let places = mounts.rows.filter { mounts.pseudoDevices.contains($0.device) }.map(\.place)
        #expect(places == ["/proc", "/dev"])
        #expect(try MountTable(of: 1).rows.contains { $0.place == "/" })
    }
}
