// The doctor's verdicts on hosts that don't exist.
import Testing

@testable import berthctl

@Suite struct HostChecksTests {
    /// A host that lacks nothing, as files.
    private static let complete: [String: String] = [
        "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
        "/proc/self/status": "Name:\tx\nCapEff:\t000001ffffffffff\n",
        "/proc/filesystems": "nodev\tproc\nnodev\toverlay\n\text4\n",
        "/proc/self/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n",
        "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
        "/proc/sys/kernel/seccomp/actions_avail": "kill_process errno allow\n",
        "/proc/sys/net/ipv4/ip_forward": "1\n",
        "/var/lib/dpkg/info/busybox-static.list": "/bin/busybox\n",
    ]

    private func host(
        _ changes: [String: String?] = [:], isRoot: Bool = true, netfilter: Bool = true, free: UInt64? = 10 << 30, firewall: String? = ""
    ) -> HostView {
        let files = Self.complete.merging(changes.compactMapValues { $0 }) { $1 }.filter { changes[$0.key].map { $0 != nil } ?? true }
        let programs = ["/usr/bin/docker", "/usr/sbin/nft"]
        return HostView(
            text: { files[$0] }, exists: { $0.hasPrefix("/proc/self/ns/") || programs.contains($0) }, freeBytes: { _ in free },
            isRoot: isRoot, hasNetfilter: netfilter, hasUser: { $0 == "berth" }, firewall: { _ in firewall })
    }

    private func findings(_ host: HostView) -> [String: Finding] {
        Dictionary(uniqueKeysWithValues: HostChecks(host: host, root: "/var/lib/berth", bridge: "berth0").run().map { ($0.subject, $0) })
    }

    @Test func completeHostLacksNothing() {
        let findings = findings(host())
        #expect(findings.values.allSatisfy { $0.verdict == .ok && $0.remedy == nil })
        #expect(findings.count == 13)
    }

    /// What another firewall drops, the engine can't let through.
    @Test func otherFirewallsAreFound() {
        let chain = "table ip filter {\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n"
        let found = findings(host(firewall: chain + "\t}\n}\n"))["other firewalls"]
        #expect(found?.verdict == .recommended && found?.detail == "ip filter cuts off containers on berth0")
        #expect(found?.remedy?.hasPrefix("iptables -I FORWARD -i berth0 -j ACCEPT && iptables -I FORWARD -o berth0 -j ACCEPT") == true)
        let mended = chain + "\t\tiifname \"berth0\" counter packets 0 bytes 0 accept\n\t}\n}\n"
        #expect(findings(host(firewall: mended))["other firewalls"]?.verdict == .ok)
        #expect(findings(host(firewall: nil))["other firewalls"]?.verdict == .ok)
    }

    struct Case: Sendable {
        var path: String
        var text: String?
        var subject: String
        var verdict: Finding.Verdict
    }

    static let cases: [Case] = [
        Case(path: "/proc/sys/kernel/osrelease", text: "5.11.9", subject: "kernel", verdict: .missing),
        Case(path: "/proc/sys/kernel/osrelease", text: "5.12", subject: "kernel", verdict: .ok),
        Case(path: "/proc/sys/kernel/osrelease", text: "4.19.0", subject: "kernel", verdict: .missing),
        Case(path: "/proc/sys/kernel/osrelease", text: nil, subject: "kernel", verdict: .missing),
        Case(path: "/proc/self/status", text: "CapEff:\t00000000a80425fb", subject: "privileges", verdict: .missing),
        Case(path: "/proc/filesystems", text: "nodev\toverlayother\n", subject: "overlayfs", verdict: .missing),
        Case(path: "/proc/self/mounts", text: "", subject: "control groups", verdict: .missing),
        Case(path: "/sys/fs/cgroup/cgroup.controllers", text: "cpu pids", subject: "control groups", verdict: .recommended),
        Case(
            path: "/proc/self/mounts", text: "cgroup /a cgroup rw,cpu,cpuacct 0 0\ncgroup /b cgroup rw,memory 0 0\n",
            subject: "control groups", verdict: .recommended),
        Case(
            path: "/proc/self/mounts",
            text: ["cpu", "memory", "pids", "freezer", "devices"].map { "cgroup /\($0) cgroup rw,\($0) 0 0\n" }.joined()
                + "cgroup2 /u cgroup2 rw 0 0\n", subject: "control groups", verdict: .ok),
        Case(path: "/proc/sys/kernel/seccomp/actions_avail", text: nil, subject: "seccomp", verdict: .recommended),
        Case(path: "/proc/sys/net/ipv4/ip_forward", text: "0", subject: "ip_forward", verdict: .ok),
        Case(path: "/var/lib/dpkg/info/busybox-static.list", text: nil, subject: "busybox-static", verdict: .recommended),
    ]

    @Test(arguments: cases)
    func verdict(of lack: Case) throws {
        let finding = try #require(findings(host([lack.path: lack.text]))[lack.subject])
        #expect(finding.verdict == lack.verdict)
        #expect((finding.remedy == nil) == (lack.verdict == .ok))
    }

    @Test func userWithoutPrivileges() {
        #expect(findings(host(isRoot: false))["privileges"]?.remedy == "run it as root: sudo berthctl doctor")
    }

    @Test func noNetfilterAndNoSpace() {
        let findings = findings(host(netfilter: false, free: 1 << 20))
        #expect(findings["nftables"]?.verdict == .missing)
        #expect(findings["disk space"]?.verdict == .recommended)
    }
}
