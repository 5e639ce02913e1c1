// Limits as files and values, and where control groups are mounted.
import Contracts
import Foundation
@testable import ShimServer
import Testing

@Suite struct CgroupTests {
    private static let everything = CgroupSpec(
        memory: 64 << 20, memorySwap: 128 << 20, memoryReservation: 32 << 20, cpuShares: 512, cpuPeriod: 100_000, cpuQuota: 50_000,
        cpusetCpus: "0-1", cpusetMems: "0", pidsLimit: 100)

    @Test func writesLegacyLimits() {
        let lines = CgroupWrites.legacy(Self.everything).map { "\($0.controller) \($0.file) \($0.value)" }
        #expect(
            lines == [
                "memory memory.limit_in_bytes 67108864", "memory memory.memsw.limit_in_bytes 134217728",
                "memory memory.soft_limit_in_bytes 33554432", "cpu cpu.shares 512", "cpu cpu.cfs_period_us 100000",
                "cpu cpu.cfs_quota_us 50000", "cpuset cpuset.cpus 0-1", "cpuset cpuset.mems 0", "pids pids.max 100",
            ])
    }

    @Test func writesUnifiedLimits() {
        let lines = CgroupWrites.unified(Self.everything).map { "\($0.controller) \($0.file) \($0.value)" }
        #expect(
            lines == [
                "memory memory.max 67108864", "memory memory.swap.max 67108864", "memory memory.low 33554432", "cpu cpu.weight 59",
                "cpu cpu.max 50000 100000", "cpuset cpuset.cpus 0-1", "cpuset cpuset.mems 0", "pids pids.max 100",
            ])
    }

    @Test func writesNothingUnasked() {
        #expect(CgroupWrites.legacy(CgroupSpec()).isEmpty)
        #expect(CgroupWrites.unified(CgroupSpec()).isEmpty)
    }

    private static let blocks = BlockLimits(
        weight: 300, deviceWeights: [DeviceRate(path: "/dev/a", value: 1000)], readBytes: [DeviceRate(path: "/dev/a", value: 1024)],
        writeBytes: [DeviceRate(path: "/dev/b", value: 2048)], readOperations: [DeviceRate(path: "/dev/a", value: 5)],
        writeOperations: [DeviceRate(path: "/dev/a", value: 6)])

    @Test func writesWhatOnlyVersionOneHas() {
        let spec = CgroupSpec(memorySwappiness: 10, oomKillDisable: true, cpuRealtimePeriod: 1_000_000, cpuRealtimeRuntime: 5000)
        #expect(
            CgroupWrites.legacy(spec).map { "\($0.file) \($0.value)" } == [
                "memory.swappiness 10", "memory.oom_control 1", "cpu.rt_period_us 1000000", "cpu.rt_runtime_us 5000",
            ])
        #expect(CgroupWrites.unified(spec).isEmpty)
    }

    @Test func limitsBlockDevices() {
        let devices = ["/dev/a": "8:0", "/dev/b": "8:16"]
        let legacy = CgroupWrites.legacy(CgroupSpec(block: Self.blocks), devices: devices)
        #expect(
            legacy.map { "\($0.file) \($0.value)" } == [
                "blkio.weight 300", "blkio.weight_device 8:0 1000", "blkio.throttle.read_bps_device 8:0 1024",
                "blkio.throttle.write_bps_device 8:16 2048", "blkio.throttle.read_iops_device 8:0 5",
                "blkio.throttle.write_iops_device 8:0 6",
            ])
        #expect(legacy.compactMap(\.otherwise?.file) == ["blkio.bfq.weight", "blkio.bfq.weight_device"])
        let unified = CgroupWrites.unified(CgroupSpec(block: Self.blocks), devices: devices)
        #expect(
            unified.map { "\($0.file) \($0.value)" } == [
                "io.bfq.weight default 300", "io.bfq.weight 8:0 1000", "io.max 8:0 rbps=1024", "io.max 8:16 wbps=2048",
                "io.max 8:0 riops=5", "io.max 8:0 wiops=6",
            ])
        #expect(unified.compactMap(\.otherwise?.value) == ["default 2930", "8:0 10000"])
    }

    @Test func namesWhatIsNoBlockDevice() {
        func numbers(_ path: String) throws { _ = try BlockWrites.numbers(BlockLimits(readBytes: [DeviceRate(path: path, value: 1)])) }
        #expect(throws: RuntimeFailure(step: "devices", errno: 2, message: "stat /dev/none: no such file or directory")) {
            try numbers("/dev/none")
        }
        #expect(throws: RuntimeFailure(step: "devices", errno: 15, message: "/dev/null is not a block device")) { try numbers("/dev/null") }
    }

    @Test func writesUnlimited() {
        let spec = CgroupSpec(memorySwap: -1, cpuQuota: -1, pidsLimit: -1)
        #expect(CgroupWrites.unified(spec).map(\.value) == ["max", "max 100000", "max"])
        #expect(CgroupWrites.legacy(spec).map(\.value) == ["-1", "-1", "max"])
    }

    @Test func toleratesMissingSwapAccountingOnly() {
        let tolerated = CgroupWrites.legacy(Self.everything).filter(\.needsSwapAccounting).map(\.file)
        #expect(tolerated == ["memory.memsw.limit_in_bytes"])
    }

    @Test(arguments: [(0, 1), (2, 1), (1024, 100), (262_144, 10_000), (1 << 40, 10_000), (3, 2)])
    func convertsShares(_ shares: Int64, _ weight: Int64) {
        #expect(CgroupWrites.weight(shares: shares) == weight)
    }

    @Test func convertsSharesSteadily() {
        let weights = stride(from: Int64(2), through: 262_144, by: 97).map(CgroupWrites.weight)
        #expect(weights == weights.sorted())
        #expect(weights.allSatisfy { (1...10_000).contains($0) })
    }

    @Test func findsHybridHierarchies() {
        let info = """
            22 1 0:1 / /sys rw,nosuid shared:7 - sysfs sysfs rw
            30 22 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
            31 22 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            32 22 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
            33 22 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """
        let mounts = ["cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct", "memory": "/sys/fs/cgroup/memory"]
        #expect(CgroupLayout.parse(mountInfo: info) == .legacy(mounts: mounts))
    }

    @Test func findsUnifiedHierarchy() {
        let info = "30 22 0:26 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n31 22 0:27 / /mnt rw - ext4 /dev/x rw"
        #expect(CgroupLayout.parse(mountInfo: info) == .unified(root: "/sys/fs/cgroup"))
        #expect(CgroupLayout.parse(mountInfo: "garbage\n1 2 - cgroup2") == .missing)
    }

    @Test func placesGroups() {
        let directory = CgroupDirectory(root: "/sys/fs/cgroup", parent: "/a/../b//c/", id: "x")
        #expect(directory.path == "/sys/fs/cgroup/a/b/c/x")
        #expect(directory.ancestors == ["/sys/fs/cgroup/a", "/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a/b/c"])
        #expect(CgroupDirectory(root: "/r", parent: "a-b.slice", id: "x").path == "/r/a.slice/a-b.slice/x")
        #expect(CgroupDirectory(root: "/r", parent: "-.slice", id: "x").path == "/r/x")
        #expect(CgroupDirectory(root: "/r", parent: "/p/a-b.slice", id: "x").path == "/r/p/a-b.slice/x")
    }

    /// On version 2, systemd would take the limits of what is in the slice itself.
    @Test(arguments: [
        ("a-b.slice", "a.slice/a-b.slice/berth/x"), ("-.slice", "berth/x"), ("/p/a-b.slice", "p/a-b.slice/berth/x"), ("/p", "p/x"),
        ("/a.slice/b", "a.slice/b/x"),
    ])
    func keepsAwayFromSlices(parent: String, path: String) throws {
        #expect(UnifiedCgroup(root: "/r", parent: parent, id: "x").directory.path == "/r/\(path)")
        let root = try TemporaryPath.make("slices")
        defer { try? FileManager.default.removeItem(atPath: root) }
        let group = CgroupDirectory(root: root, parent: parent, id: "x")
        try group.make()
        #expect(UnifiedCgroup(leftIn: root, parent: parent, id: "x").directory == group)
        let kept = CgroupDirectory(root: root, parent: parent, id: "x", keeper: "berth")
        if !kept.exists { try kept.make() }
        #expect(UnifiedCgroup(leftIn: root, parent: parent, id: "x").directory.path == "\(root)/\(path)")
    }

    @Test func showsJoinedHierarchiesOnce() {
        let mounts = ["cpu": "/c/cpu,cpuacct", "cpuacct": "/c/cpu,cpuacct", "memory": "/c/memory", "blkio": "/c/blkio"]
        let group = LegacyCgroup(mounts: mounts, parent: "/p", id: "i")
        #expect(
            group.views(ownRoot: true) == [
                CgroupView(names: ["blkio"], hostPath: "/c/blkio/p/i"),
                CgroupView(names: ["cpu,cpuacct", "cpu", "cpuacct"], hostPath: "/c/cpu,cpuacct/p/i"),
                CgroupView(names: ["memory"], hostPath: "/c/memory/p/i"),
            ])
        #expect(group.birthplace(beside: nil) == -1)
    }

    @Test func showsTheWholeTreeInTheHostsNamespace() {
        let group = UnifiedCgroup(root: "/cg", parent: "/p", id: "i")
        #expect(group.views(ownRoot: true) == [CgroupView(names: [], hostPath: "/cg/p/i")])
        #expect(group.views(ownRoot: false) == [CgroupView(names: [], hostPath: "/cg")])
    }

    @Test func namesTheControllerThatIsMissing() {
        let group = LegacyCgroup(mounts: ["pids": "/nonexistent/pids"], parent: "/p", id: "i")
        let failure = RuntimeFailure.cgroup("memory.limit_in_bytes can't be set: the host has no cgroup controller \"memory\"")
        #expect(throws: failure) { try group.create(CgroupSpec(memory: 1 << 30), devices: .everything) }
    }
}
