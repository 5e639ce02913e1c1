// Names of kernel parameters: which file they mean, and that none of them leaves its place.
import Contracts
import Testing

@Suite struct SysctlNameTests {
    @Test(arguments: [
        ("net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward"),
        ("net/ipv4/conf/eth0.1/forwarding", "/proc/sys/net/ipv4/conf/eth0.1/forwarding"),
        ("net.ipv4.conf.eth0/1.forwarding", "/proc/sys/net/ipv4/conf/eth0.1/forwarding"),
    ])
    func meansAFile(_ name: String, _ path: String) throws {
        #expect(try #require(SysctlName(name)).path == path)
    }

    @Test(arguments: [
        "", ".", "/", "net.", ".net", "net..ipv4", "net.//.kernel.core_pattern", "net./.kernel.core_pattern", "net/../kernel/core_pattern",
        "net/./x", "net//x", "/net/ipv4/ip_forward", "net.ipv4.x\0",
    ])
    func hasNoWayOut(_ name: String) {
        #expect(SysctlName(name) == nil)
    }

    @Test(
        arguments: [
            ("net.core.somaxconn", .network), ("net/core/somaxconn", .network), ("kernel.shmmax", .ipc), ("kernel.msgmnb", .ipc),
            ("kernel.sem", .ipc), ("fs.mqueue.msg_max", .ipc), ("kernel.domainname", .uts), ("kernel.core_pattern", nil), ("net", nil),
            ("fs.mqueue", nil), ("kernel.sem.x", nil), ("vm.swappiness", nil), ("network.x", nil),
        ] as [(String, SysctlName.Namespace?)])
    func belongsToANamespace(_ name: String, _ namespace: SysctlName.Namespace?) {
        #expect(SysctlName(name)?.namespace == namespace)
    }
}
