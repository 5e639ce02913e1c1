// Which control group controllers containers could be limited by.

/// Version 2 where the hierarchy has controllers, version 1 where they are mounted one by one.
struct ControlGroupCheck {
    var host: HostView

    /// What the limits of `docker run` need; freezing and device rules are part of version 2 itself.
    private static let unified = ["cpu", "memory", "pids"]
    private static let legacy = ["cpu", "memory", "pids", "freezer", "devices"]

    func finding() -> Finding {
        let mounts = (host.text("/proc/self/mounts") ?? "").split(separator: "\n").map { $0.split(separator: " ") }
        let second = mounts.first { $0.count > 3 && $0[2] == "cgroup2" }.map { String($0[1]) }
        let controllers =
            second.flatMap { host.text("\($0)/cgroup.controllers") }?.split(whereSeparator: \.isWhitespace).map(String.init) ?? []
        let first = mounts.filter { $0.count > 3 && $0[2] == "cgroup" }.flatMap { $0[3].split(separator: ",").map(String.init) }
        if first.contains(where: Self.legacy.contains) { return report("version 1", Self.legacy.filter { !first.contains($0) }) }
        if second != nil { return report("version 2", Self.unified.filter { !controllers.contains($0) }) }
        return Finding(
            subject: "control groups", verdict: .missing, detail: "none are mounted",
            remedy: "mount -t cgroup2 none /sys/fs/cgroup")
    }

    private func report(_ version: String, _ absent: [String]) -> Finding {
        guard !absent.isEmpty else { return Finding(subject: "control groups", verdict: .ok, detail: version) }
        return Finding(
            subject: "control groups", verdict: .recommended, detail: "\(version) without \(absent.joined(separator: ", "))",
            remedy:
                "limits of these kinds can't be set; enable the controllers (kernel command line: cgroup_enable=memory, or none disabled)")
    }
}
