// What the rules need to know of the host.
import CLinux
import Glibc
import Models

/// The host, as far as settings depend on it. Read once, at start-up.
struct HostFacts: Sendable {
    var hostname: String
    /// CPUs that are online.
    var cpuCount: Int
    /// Bytes of memory.
    var memory: Int64
    /// 1 or 2: the hierarchy whose controllers limit resources.
    var cgroupVersion: Int
    var swapLimitSupported: Bool
    var kernelVersion: String
    /// As `uname -m` says it: `x86_64`.
    var machine: String

    /// What the control groups of the host can limit.
    var limits = Set(LimitKind.allCases)

    var hasAppArmor = false
    var hasSELinux = false

    /// NUMA nodes that have memory, as the kernel lists them: `0-1`.
    var memoryNodes = "0"

    /// As images name it.
    var platform: OCIPlatform {
        let common = OCIPlatform(os: "linux", architecture: "amd64")
        return OCIPlatform(parsing: "linux/\(machine == "armv7l" ? "arm/v7" : machine)", host: common) ?? common
    }

    static func read() -> HostFacts {
        var name = utsname()
        uname(&name)
        // On a hybrid host the v2 hierarchy is mounted, but the controllers are v1's.
        let isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
        let accountsSwap = access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0
        return HostFacts(
            hostname: text(of: name.nodename), cpuCount: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            memory: Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE))),
            cgroupVersion: isUnified ? 2 : 1, swapLimitSupported: isUnified || accountsSwap,
            kernelVersion: text(of: name.release), machine: text(of: name.machine),
            limits: LimitKind.found(version: isUnified ? 2 : 1),
            hasAppArmor: HostDescription.read("/sys/module/apparmor/parameters/enabled") == "Y",
            hasSELinux: access("/sys/fs/selinux/enforce", F_OK) == 0,
            memoryNodes: HostDescription.read("/sys/devices/system/node/has_memory") ?? "0")
    }

    /// The C array of a `utsname` up to its NUL.
    private static func text<T>(of field: T) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
