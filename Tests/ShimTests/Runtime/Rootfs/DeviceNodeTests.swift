// Which nodes a container gets for a device, a directory of devices, and all devices.
import Contracts
import Foundation
import Glibc
@testable import ShimServer
import Testing

@Suite struct DeviceNodeTests {
    private func paths(_ directory: String, _ name: String = "") throws -> [String] {
        try DeviceNode.of(DeviceSpec(hostPath: directory + name, containerPath: "/dev/mine", permissions: "rwm")).map(\.path).sorted()
    }

    /// As udev leaves them: links to nodes, to directories, and in circles.
    @Test func linksAreNoDevicesOfTheirOwn() throws {
        let directory = try TemporaryPath.make("nodes")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: "\(directory)/by-name", withIntermediateDirectories: true)
        for (name, minor) in [("null", 3), ("by-name/zero", 5)] {
            try #require(mknod("\(directory)/\(name)", S_IFCHR | 0o666, dev_t(1 << 8 | minor)) == 0)
        }
        for (name, target) in [("by-name/null", "../null"), ("again", "null"), ("circle", "."), ("nowhere", "none")] {
            symlink(target, "\(directory)/\(name)")
        }
        #expect(try paths(directory) == ["/dev/mine/by-name/zero", "/dev/mine/null"])
        // The one that is asked for may be called by a link.
        #expect(try paths(directory, "/again") == ["/dev/mine"])
        #expect(try paths(directory, "/circle") == ["/dev/mine/by-name/zero", "/dev/mine/null"])
    }

    @Test func aContainersOwnLinksStay() {
        let all = Set(DeviceNode.all().map(\.path))
        #expect(all.contains("/dev/null"))
        #expect(all.isDisjoint(with: DeviceNode.links.map(\.0)), "\(all)")
    }
}
