// What is mounted in a container, and in which order.
import Contracts
import Linux
@testable import ShimServer
import Testing

@Suite struct MountPlanTests {
    private func plan(_ change: (inout ContainerSpec) -> Void = { _ in }) throws -> MountPlan {
        var spec = ContainerSpec(
            id: "x", rootfs: RootfsSpec(lower: ["/l"], upper: "/u", work: "/w"), process: ProcessSpec(arguments: ["sh"]), hostname: "h")
        change(&spec)
        return try MountPlan.make(spec)
    }

    private func destinations(_ plan: MountPlan) -> [String] {
        plan.steps.map { $0 == .deviceNodes ? "nodes" : $0.destination }
    }

    private let defaults = ["/proc", "/dev", "nodes", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"]

    @Test func hasDockersDefaults() throws {
        let steps = try plan().steps
        #expect(try destinations(plan()) == defaults)
        let closed: MountAttributes = [.noSetuid, .noExecute, .noDevices]
        #expect(steps[0] == .filesystem(FilesystemMount("proc", at: "/proc", closed)))
        #expect(steps[4] == .filesystem(FilesystemMount("sysfs", at: "/sys", closed.union(.readonly))))
        #expect(steps[5] == .cgroups(readonly: true))
        #expect(steps[7] == .filesystem(FilesystemMount("tmpfs", source: "shm", at: "/dev/shm", closed, "mode=1777,size=67108864")))
    }

    @Test func privilegedMayWrite() throws {
        let steps = try plan { $0.privileged = true }.steps
        #expect(steps[4] == .filesystem(FilesystemMount("sysfs", at: "/sys", [.noSetuid, .noExecute, .noDevices])))
        #expect(steps[5] == .cgroups(readonly: false))
    }

    @Test func anImageIsReadOnlyAndOneLayerAloneIsABind() throws {
        func bind(_ layers: [String]) throws -> BindMount? {
            try plan {
                $0.mounts = [MountSpec(kind: .image, source: "app:1", destination: "/i", subpath: "bin", layers: layers)]
            }.binds.first
        }
        let one = try #require(try bind(["/l1"])), two = try #require(try bind(["/l2", "/l1"]))
        #expect(one.source == "/l1" && one.layers.isEmpty && one.readonly && !one.recursive && one.subpath == "bin")
        #expect(two.source == "app:1" && two.layers == ["/l2", "/l1"] && two.readonly && two.subpath == "bin")
        #expect(throws: RuntimeFailure.self) { try bind([]) }
    }

    @Test func translatesFlags() {
        #expect(FilesystemMount("x", at: "/", [.noSetuid, .noExecute, .noDevices, .readonly]).flags == 0xf)
        #expect(FilesystemMount("x", at: "/", [.strictAccessTime]).flags == 1 << 24)
    }

    @Test(arguments: [
        (["/dev/shm"], ["/proc", "/dev", "nodes", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"]),
        (["/sys/fs/cgroup/"], ["/proc", "/dev", "nodes", "/dev/pts", "/sys", "/dev/mqueue", "/dev/shm", "/sys/fs/cgroup"]),
        (["/dev"], ["/proc", "/sys", "/sys/fs/cgroup", "/dev"]),
        (["/dev/snd"], ["/proc", "/dev", "nodes", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm", "/dev/snd"]),
    ])
    func theUsersReplaceDefaults(_ binds: [String], _ expected: [String]) throws {
        let plan = try plan { $0.mounts = binds.map { MountSpec(kind: .bind, source: "/src", destination: $0) } }
        #expect(destinations(plan) == expected)
    }

    @Test func aMemoryDevGetsNodes() throws {
        let plan = try plan { $0.mounts = [MountSpec(kind: .tmpfs, destination: "/dev")] }
        #expect(destinations(plan) == ["/proc", "/sys", "/sys/fs/cgroup", "/dev", "nodes"])
    }

    @Test func sharesMemoryWithTheIPCNamespace() throws {
        #expect(try plan { $0.namespaces.ipc = .host }.binds == [BindMount(source: "/dev/shm", at: "/dev/shm")])
        let other = try plan { $0.namespaces.ipc = .path("/proc/7/ns/ipc") }.binds
        #expect(other == [BindMount(source: "/dev/shm", at: "/dev/shm", mountNamespace: "/proc/7/ns/mnt")])
    }

    @Test(arguments: [
        ("rprivate", MountPropagation.private, true), ("private", .private, false), ("rslave", .slave, true), ("slave", .slave, false),
        ("rshared", .shared, true), ("shared", .shared, false),
    ])
    func readsPropagation(_ text: String, _ propagation: MountPropagation, _ below: Bool) throws {
        let spec = MountSpec(kind: .bind, source: "/s", destination: "/d", readonly: true, propagation: text, nonRecursive: true)
        let bind = try BindMount(spec)
        #expect((bind.propagation, bind.propagatesBelow) == (propagation, below))
        #expect((bind.readonly, bind.recursive) == (true, false))
    }

    @Test(arguments: [
        MountSpec(kind: .bind, source: "/s", destination: "/d", propagation: "odd"), MountSpec(kind: .bind, source: "/s", destination: "d"),
        MountSpec(kind: .tmpfs, destination: "/"), MountSpec(kind: .tmpfs, destination: "/a/.."),
    ])
    func refuses(_ mount: MountSpec) {
        #expect(throws: RuntimeFailure.self) { try plan { $0.mounts = [mount] } }
    }

    @Test func readsMemoryOptions() throws {
        let plain = try TmpfsMount(MountSpec(kind: .tmpfs, destination: "/t"))
        #expect((plain.attributes, plain.options) == ([.noExecute, .noSetuid, .noDevices], []))
        let spec = MountSpec(kind: .tmpfs, destination: "/t", readonly: true, options: ["size=64m,exec", "mode=1777", "rprivate", "suid"])
        let other = try TmpfsMount(spec)
        #expect((other.attributes, other.options) == ([.noDevices, .readonly], ["size=64m", "mode=1777"]))
    }

    @Test(arguments: [("/", "/"), ("/a/", "/a"), ("//a//b", "/a/b"), ("/a/./b/../c", "/a/c"), ("/../a", "/a")])
    func normalizes(_ path: String, _ normal: String) {
        #expect(MountPlan.normalized(path) == normal)
    }

    @Test(arguments: [
        (NamespaceSpec.Mode.own, 2), (.path("/run/berth/netns/x"), 2), (.path("/proc/7/ns/net"), 0), (.host, 0),
    ])
    func setsNetworkDefaultsOnlyInItsOwn(_ mode: NamespaceSpec.Mode, _ count: Int) {
        var spec = ContainerSpec(
            id: "x", rootfs: RootfsSpec(lower: [], upper: "", work: ""), process: ProcessSpec(arguments: ["sh"]), hostname: "h")
        spec.namespaces.network = mode
        #expect(Sysctls.all(spec).count == count)
        spec.sysctls = ["net.ipv4.ip_unprivileged_port_start": "80", "kernel.shmmax": "1"]
        let values = Sysctls.all(spec).map(\.value)
        #expect(values == (count == 2 ? ["0 2147483647", "1", "80"] : ["1", "80"]))
    }

    @Test func knowsWhatABindIsTakenFrom() {
        let info = """
            22 1 8:1 / / rw shared:1 - ext4 /dev/a rw
            30 22 8:2 / /mnt/with\\040space rw master:4 - ext4 /dev/b rw
            31 22 8:3 / /mnt/alone rw - ext4 /dev/c rw
            """
        func find(_ path: String) -> SourcePropagation? { SourcePropagation.find(path, mountInfo: info) }
        #expect(find("/mnt") == SourcePropagation(mountPoint: "/", isShared: true, isSlave: false))
        #expect(find("/mnt/with space/x") == SourcePropagation(mountPoint: "/mnt/with space", isShared: false, isSlave: true))
        #expect(find("/mnt/alone") == SourcePropagation(mountPoint: "/mnt/alone", isShared: false, isSlave: false))
        #expect(find("/mnt/alonely")?.mountPoint == "/")
    }
}
