// The checks, in the order a reader would make them.
import ServiceKit

struct HostChecks {
    var host: HostView
    /// Where durable state goes.
    var root: String
    /// Name of the default bridge.
    var bridge: String
    /// Whether the default network has IPv6.
    var hasIPv6 = false

    /// mount_setattr(2), by which read-only binds are made, is the newest call that is needed.
    static let oldestKernel = (major: 5, minor: 12)
    static let enoughBytes: UInt64 = 2 << 30

    func run() -> [Finding] {
        [
            kernel(), privilege(), overlay(), namespaces(), ControlGroupCheck(host: host).finding(), seccomp(), netfilter(), forwarding(),
            otherFirewalls(), diskSpace(), gatewayUser(), client(), busybox(),
        ]
    }

    private func kernel() -> Finding {
        let release = host.text("/proc/sys/kernel/osrelease")?.trimmed ?? "unknown"
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        let isRecent = numbers.count == 2 && (numbers[0], numbers[1]) >= Self.oldestKernel
        return finding(
            "kernel", isRecent, release,
            remedy: "Linux \(Self.oldestKernel.major).\(Self.oldestKernel.minor) or later is needed; Debian 12 has 6.1")
    }

    private func privilege() -> Finding {
        // CAP_SYS_ADMIN, NET_ADMIN, SYS_CHROOT, SETUID, SETGID, MKNOD, DAC_OVERRIDE
        let needed: [UInt64] = [21, 12, 18, 7, 6, 27, 1]
        let line = host.text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let effective = line.flatMap { UInt64($0.dropFirst(7).trimmed, radix: 16) } ?? 0
        let holds = host.isRoot && needed.allSatisfy { effective & (1 << $0) != 0 }
        return finding(
            "privileges", holds, host.isRoot ? (holds ? "root" : "root without some capabilities") : "not root",
            remedy: host.isRoot
                ? "root lacks capabilities here; run the engine outside of this environment, or allow it CAP_SYS_ADMIN and CAP_NET_ADMIN"
                : "run it as root: sudo berthctl doctor")
    }

    private func overlay() -> Finding {
        let listed = host.text("/proc/filesystems")?.split(separator: "\n").contains { $0.trimmed.hasSuffix("overlay") } ?? false
        return finding("overlayfs", listed, listed ? "there" : "not in /proc/filesystems", remedy: "modprobe overlay")
    }

    private func namespaces() -> Finding {
        let absent = ["mnt", "pid", "net", "ipc", "uts", "cgroup"].filter { !host.exists("/proc/self/ns/\($0)") }
        return finding(
            "namespaces", absent.isEmpty,
            absent.isEmpty ? "mount, pid, network, ipc, uts, cgroup" : "none of kind " + absent.joined(separator: ", "),
            remedy: "boot a kernel with CONFIG_NAMESPACES and its kinds")
    }

    private func seccomp() -> Finding {
        let actions = host.text("/proc/sys/kernel/seccomp/actions_avail")
        let filters = actions?.contains("errno") ?? false
        return finding(
            "seccomp", filters, filters ? "filters" : "no filters",
            remedy: "boot a kernel with CONFIG_SECCOMP_FILTER, or run containers with --security-opt seccomp=unconfined", need: .recommended
        )
    }

    private func netfilter() -> Finding {
        finding(
            "nftables", host.hasNetfilter, host.hasNetfilter ? "there" : "the kernel has none", remedy: "modprobe nf_tables nft_chain_nat")
    }

    private func forwarding() -> Finding {
        let on = host.text("/proc/sys/net/ipv4/ip_forward")?.trimmed == "1"
        return finding(
            "ip_forward", true, on ? "on" : "off; the network service turns it on when a network needs it", remedy: "")
    }

    /// What another firewall drops stays dropped. One of iptables' former kind isn't seen.
    private func otherFirewalls() -> Finding {
        guard let listing = host.program("nft").flatMap(host.firewall) else {
            return finding("other firewalls", true, "can't tell without nft and root", remedy: "")
        }
        let obstacles = ForeignFirewall(listing: listing).obstacles(to: bridge, hasIPv6: hasIPv6)
        return finding(
            "other firewalls", obstacles.isEmpty,
            obstacles.isEmpty
                ? "none in the way" : "\(obstacles.map(\.table).joined(separator: ", ")) cuts off containers on \(bridge)",
            remedy: obstacles.map(\.remedy).joined(separator: "; ") + ", and so for the bridges of other networks, which begin with br-",
            need: .recommended)
    }

    private func diskSpace() -> Finding {
        guard let free = host.freeBytes(root) else {
            return finding("disk space", false, "can't tell for \(root)", remedy: "check that \(root) can be made", need: .recommended)
        }
        let gibibytes = Double(free) / Double(1 << 30)
        let shown = "\((gibibytes * 10).rounded() / 10) GiB free for \(root)"
        return finding(
            "disk space", free >= Self.enoughBytes, shown, remedy: "free some, or choose another --root", need: .recommended)
    }

    private func gatewayUser() -> Finding {
        let there = host.hasUser(EngineUser.standardName)
        return finding(
            "user \(EngineUser.standardName)", there, there ? "there" : "none: the gateway would run as root",
            remedy: "useradd --system --no-create-home --shell /usr/sbin/nologin \(EngineUser.standardName)", need: .recommended)
    }

    private func client() -> Finding {
        let path = host.program("docker")
        return finding(
            "docker client", path != nil, path ?? "none", remedy: "apt-get install docker-cli (docker.io where there is no such package)",
            need: .recommended)
    }

    private func busybox() -> Finding {
        let there = host.text("/var/lib/dpkg/info/busybox-static.list") != nil
        return finding(
            "busybox-static", there, there ? "there" : "none: a first image for trying the engine can't be made",
            remedy: "apt-get install busybox-static", need: .recommended)
    }

    private func finding(
        _ subject: String, _ holds: Bool, _ detail: String, remedy: String, need: Finding.Verdict = .missing
    ) -> Finding {
        Finding(subject: subject, verdict: holds ? .ok : need, detail: detail, remedy: holds ? nil : remedy)
    }
}

extension StringProtocol {
    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" }
        return String(String(drop(while: isSpace)).reversed().drop(while: isSpace).reversed())
    }
}
