// CPU time of everything that an engine runs, by a control group that it starts in.
import Foundation
import ServiceKit

/// A control group for one engine: its processes and their children are in it, and its containers' groups are made below it.
struct CPUMeter {
    /// As `--cgroup-parent` takes it.
    let path: String
    private let legacy = "/sys/fs/cgroup/cpuacct"

    /// Makes the group. Throws when control groups can't be written.
    init(name: String) throws {
        path = "/\(name)"
        for directory in directories {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
    }

    /// A shell command that moves the shell into the group, to be followed by `exec`.
    var entering: String {
        directories.map { "echo $$ > \($0)/cgroup.procs" }.joined(separator: " && ")
    }

    /// Milliseconds used so far, by what has ended too.
    func milliseconds() throws -> Double {
        if usesVersion1 { return try number("\(legacy)\(path)/cpuacct.usage") / 1e6 }
        let lines = try String(contentsOfFile: "/sys/fs/cgroup\(path)/cpu.stat", encoding: .utf8).split(separator: "\n")
        let usage = lines.first { $0.hasPrefix("usage_usec ") }.flatMap { Double($0.dropFirst("usage_usec ".count)) }
        return (usage ?? 0) / 1e3
    }

    /// What runs in the group itself, not below it.
    func processes() -> [Int32] {
        let lines = directories.first.flatMap { try? String(contentsOfFile: "\($0)/cgroup.procs", encoding: .utf8) } ?? ""
        return lines.split(separator: "\n").compactMap { Int32($0) }
    }

    /// Removes the group and what is left of groups below it.
    func remove() {
        for directory in directories {
            let below = FileManager.default.enumerator(atPath: directory)?.allObjects as? [String] ?? []
            for group in below.sorted(by: >) { rmdir("\(directory)/\(group)") }
            rmdir(directory)
        }
    }

    private var usesVersion1: Bool { FileManager.default.fileExists(atPath: legacy) }

    private var directories: [String] {
        ["\(usesVersion1 ? legacy : "/sys/fs/cgroup")\(path)"]
    }

    private func number(_ file: String) throws -> Double {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }
}
