// What a host's control groups can limit, told by files that look like a host's.
import Foundation
@testable import GatewayOrchestration
import Testing

@Suite struct LimitKindTests {
    /// Directories like `/sys/fs/cgroup` and `/sys/block` with these files.
    private func found(version: Int, groups: [String: String], schedulers: [String] = []) throws -> Set<LimitKind> {
        let directory = FileManager.default.temporaryDirectory.appending(path: "berth-limits-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func write(_ text: String, _ path: String) throws {
            let path = "\(directory)/\(path)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        for (name, text) in groups { try write(text, "groups/\(name)") }
        for (index, text) in schedulers.enumerated() { try write(text, "disks/vd\(index)/queue/scheduler") }
        return LimitKind.found(version: version, root: "\(directory)/groups", disks: "\(directory)/disks")
    }

    private static let ofBoth: Set<LimitKind> = [
        .memory, .memoryReservation, .pids, .cpuShares, .cpuQuota, .cpuset, .readBytes, .writeBytes, .readOperations, .writeOperations,
    ]

    @Test(arguments: [
        (nil, ["[none] mq-deadline"], []),
        ("", ["[none] mq-deadline"], [LimitKind.blockWeight]),
        (nil, ["[none] bfq"], [.blockWeight]),
        (nil, ["[none] bfq", "none [bfq]"], [.blockWeight, .blockDeviceWeight]),
        ("254:0 enable=0 ctrl=auto", [], [.blockWeight]),
        ("254:0 enable=1 ctrl=auto rpct=0.00", [], [.blockWeight, .blockDeviceWeight]),
    ])
    func versionTwoWeighsWhereSomethingCanWeigh(costs: String?, schedulers: [String], weights: [LimitKind]) throws {
        var groups = ["cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n"]
        groups["io.cost.qos"] = costs
        #expect(try found(version: 2, groups: groups, schedulers: schedulers) == Self.ofBoth.union(weights))
    }

    @Test func versionTwoHasWhatItsControllersAre() throws {
        #expect(try found(version: 2, groups: ["cgroup.controllers": "cpu pids\n"]) == [.cpuShares, .cpuQuota, .pids])
        #expect(try found(version: 2, groups: [:]) == [])
    }

    @Test func versionOneHasWhatItsFilesAre() throws {
        let groups = [
            "memory/memory.limit_in_bytes": "", "memory/memory.oom_control": "", "blkio/blkio.bfq.weight": "", "cpu/cpu.shares": "",
        ]
        #expect(try found(version: 1, groups: groups) == [.memory, .oomKillDisable, .blockWeight, .cpuShares])
    }
}
