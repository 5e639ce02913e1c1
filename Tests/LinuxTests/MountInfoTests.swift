// Lines of mountinfo.
import Glibc
import Linux
import Testing

@Suite struct MountInfoTests {
    @Test func linesAreRead() throws {
        let text = #"""
            100 90 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/l/1:/l/0
            105 100 8:17 /volumes/v /with\040space\134 rw shared:1 master:3 - ext4 /dev/sdb1 rw
            106 100 0:60 / /fuse rw - fuse  rw,user_id=0
            a line that is none
            107 100 0:61 / /short rw
            """#
        let mounts = MountInfo.parse(text)
        #expect(mounts.map(\.id) == [100, 105, 106])
        #expect(mounts.map(\.point) == ["/", #"/with space\"#, "/fuse"])
        #expect(mounts.map(\.type) == ["overlay", "ext4", "fuse"])
        #expect(mounts.map(\.tags) == [[], ["shared:1", "master:3"], []])
        #expect(mounts.map(\.options) == [["rw", "lowerdir=/l/1:/l/0"], ["rw"], ["rw", "user_id=0"]])
        #expect(mounts.map(\.major) == [0, 8, 0] && mounts.map(\.minor) == [52, 17, 60])
    }

    @Test func aProcessHasARoot() throws {
        #expect(try MountInfo.list().contains { $0.point == "/" })
        #expect(try MountInfo.list(of: getpid()).contains { $0.point == "/" })
    }
}
