// Reads the state of the host from /proc and /sys, and nftables from nft(8).
import Foundation
import Glibc

struct HostProbe {
    struct Link {
        var name: String
        /// Name of the bridge it is a port of.
        var bridge: String?
    }

    struct Process {
        var command: String
        /// Text of its /proc/<pid>/cgroup.
        var cgroups: String
    }

    private let files = FileManager.default

    /// Mount point, file system and source; without the numbers that change at each mount.
    func mounts() -> [String] {
        lines("/proc/self/mounts").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    }

    func links() -> [Link] {
        entries("/sys/class/net").map { name in
            let master = try? files.destinationOfSymbolicLink(atPath: "/sys/class/net/\(name)/master")
            return Link(name: name, bridge: master.map { ($0 as NSString).lastPathComponent })
        }
    }

    /// Pinned ones, and those that any process is in.
    func networkNamespaces() -> [String] {
        let pins = lines("/proc/self/mountinfo").filter { $0.contains(" nsfs ") && $0.contains("net:[") }
        let pinned: [String] = pins.map { line in "pinned at \(line.split(separator: " ")[4])" }
        let inhabited = Set(pids().compactMap { try? files.destinationOfSymbolicLink(atPath: "/proc/\($0)/ns/net") })
        return pinned + ["\(inhabited.count) with processes"]
    }

    /// The names of all tables, each followed by its rules.
    func nftables() -> [String] {
        let tables = runNFT(["list", "tables"]).split(separator: "\n").map { String($0.dropFirst("table ".count)) }
        return tables.map { table in
            let rules = runNFT(["list", "table"] + table.split(separator: " ").map(String.init))
            // Counters go on counting.
            return rules.replacing(/packets \d+ bytes \d+/, with: "")
        }
    }

    func cgroups() -> [String] {
        let mounts = lines("/proc/self/mounts").map { line in line.split(separator: " ").map(String.init) }
        let hierarchies = mounts.filter { $0.count > 2 && ["cgroup", "cgroup2"].contains($0[2]) }.map { $0[1] }
        return hierarchies.flatMap(directories)
    }

    func processes() -> [Process] {
        pids().compactMap { pid in
            guard let bytes = files.contents(atPath: "/proc/\(pid)/cmdline"), !bytes.isEmpty else { return nil }
            let command = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
            let cgroups = files.contents(atPath: "/proc/\(pid)/cgroup").map { String(decoding: $0, as: UTF8.self) } ?? ""
            return Process(command: command, cgroups: cgroups)
        }
    }

    /// Paths of everything below a directory.
    func files(below directory: String) -> [String] {
        (files.enumerator(atPath: directory)?.allObjects as? [String] ?? []).map { "\(directory)/\($0)" }
    }

    /// Settings of the host that an engine may turn on.
    func sysctls() -> [String] {
        ["net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet", "net/ipv6/conf/all/forwarding"].map { name in
            "\(name) = \(lines("/proc/sys/\(name)").first ?? "-")"
        }
    }

    private func pids() -> [Int32] {
        entries("/proc").compactMap(Int32.init)
    }

    private func directories(below path: String) -> [String] {
        var found: [String] = []
        var pending = [path]
        while let next = pending.popLast() {
            for entry in entries(next) {
                var status = stat()
                guard lstat("\(next)/\(entry)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
                found.append("\(next)/\(entry)")
                pending.append("\(next)/\(entry)")
            }
        }
        return found
    }

    private func lines(_ path: String) -> [String] {
        (files.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: "\n").map(String.init)
    }

    private func entries(_ path: String) -> [String] {
        (try? files.contentsOfDirectory(atPath: path)) ?? []
    }

    /// Fails where others change rules meanwhile, and is tried again.
    private func runNFT(_ arguments: [String]) -> String {
        for _ in 0..<20 {
            if let result = try? Command("/usr/sbin/nft", arguments, timeout: .seconds(20)).runBlocking(), result.code == 0 {
                return result.text
            }
        }
        return ""
    }
}
