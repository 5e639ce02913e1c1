// The CRIU program: where it is, what it is told, and what it says when it fails.
import Contracts
import Glibc
import RPC

struct Criu: Equatable {
    let path: String

    private static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    private static let common = ["-v4", "--manage-cgroups=ignore", "--file-locks", "--evasive-devices"]

    /// What it and the programs that it starts are found in.
    static var searchPath: String { getenv("PATH").map { String(cString: $0) } ?? standardPath }

    /// - Parameter name: a path, or a name to be looked for; nil for `criu`.
    /// Errors: notImplemented when there is none.
    static func find(_ name: String?) throws(RPCError) -> Criu {
        let name = name ?? "criu"
        let places = name.contains("/") ? [name] : (searchPath + ":" + standardPath).split(separator: ":").map { "\($0)/\(name)" }
        guard let path = places.first(where: { access($0, X_OK) == 0 }) else {
            throw RPCError(
                .notImplemented,
                "checkpoints need CRIU, and there is no \(name): install criu, or let the configuration's key 'criu' say where it is")
        }
        return Criu(path: path)
    }

    /// - Parameters:
    ///   - freezer: the container's control group by which it can be frozen; nil where there is none.
    ///   - ends: the processes are left stopped, and not going on.
    func dump(of pid: Int32, _ record: CheckpointRecord, to images: String, freezer: String?, ends: Bool) -> [String] {
        var arguments = [path, "dump", "--tree", String(pid), "--images-dir", images] + Self.common
        arguments.append(ends ? "--leave-stopped" : "--leave-running")
        if let freezer { arguments += ["--freeze-cgroup", freezer] }
        if let network = record.network { arguments += ["--external", "net[\(network)]:\(CheckpointRecord.networkName)"] }
        for (index, mount) in record.mounts.enumerated() {
            arguments += ["--external", "mnt[\(mount.point)]:\(CheckpointRecord.mountName(index))"]
        }
        for null in record.nulls { arguments += ["--external", null] }
        return arguments
    }

    /// - Parameters:
    ///   - mounts: where what was outside is now, one a mount of the record.
    ///   - inherited: open descriptors with the names they have in the images.
    ///   - pidFile: gets the number of the first process; it mustn't be there.
    ///   - work: for files that nobody needs.
    func restore(
        from images: String, root: String, mounts: [String], inherited: [(descriptor: Int32, name: String)], pidFile: String, work: String
    ) -> [String] {
        var arguments = [path, "restore", "--images-dir", images, "--work-dir", work, "--pidfile", pidFile] + Self.common
        // Its parent is this program's, as if that had forked it.
        arguments += ["--root", root, "--restore-detached", "--restore-sibling"]
        for (index, place) in mounts.enumerated() {
            arguments += ["--external", "mnt[\(CheckpointRecord.mountName(index))]:\(place)"]
        }
        for (descriptor, name) in inherited { arguments += ["--inherit-fd", "fd[\(descriptor)]:\(name)"] }
        return arguments
    }

    /// Lines that say that something went wrong and never why.
    private static let empty = [
        "FAILED.", "exited, status=", "cgroupd", "RLIMIT_NOFILE", "failed with -1", "Unable to create tun",
    ]

    /// Why it failed: the first error of its log that tells.
    static func reason(inLog log: String) -> String? {
        let errors = log.split(separator: "\n").filter { $0.contains("Error") }
        let telling = errors.first { line in !empty.contains { line.contains($0) } }
        return (telling ?? errors.last).map { line in
            // The time at its beginning tells nobody anything.
            let text = line.hasPrefix("(") ? line.drop { $0 != ")" }.dropFirst() : line
            return String(text.drop { $0 == " " })
        }
    }
}
