// Runs the probe in a container of an engine, with flags that name things of the host.
import Foundation
import Glibc
import TestSupport

/// A line of flags.txt.
struct FlagLine {
    let text: String
    let flags: [String]
    /// Runs beside the probe; may be empty.
    let script: String

    init(_ line: Substring) {
        text = String(line)
        let parts = line.components(separatedBy: " :: ")
        flags = Self.words(parts[0])
        script = parts.count > 1 ? parts[1] : ""
    }

    /// Separated by spaces, but for those between apostrophes.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        for (index, piece) in text.components(separatedBy: "'").enumerated() {
            if index % 2 == 1 { words.append(piece) } else { words += piece.split(separator: " ").map(String.init) }
        }
        return words
    }
}

/// Directories and files of the host that flags name, and what they are called in flags.txt.
struct FlagBench {
    private let directory = "/tmp/berth-flags-\(UInt16.random(in: 0 ... .max))"
    private let probe: String
    private let disk: String?

    static let profile = """
        {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":5},
        {"names":["chmod","fchmodat"],"action":"SCMP_ACT_ERRNO","args":[]}]}
        """

    private var cgroupParent: String { "/berth-flags-\(getpid())" }
    var profilePath: String { "\(directory)/profile.json" }

    init(profile: String = Self.profile) throws {
        probe = try String(contentsOfFile: ConformanceFile.path("Flags/probe.sh"), encoding: .utf8)
        disk = try FileManager.default.contentsOfDirectory(atPath: "/sys/block").sorted().first { $0.hasPrefix("vd") || $0.hasPrefix("sd") }
        try FileManager.default.createDirectory(atPath: "\(directory)/bind/below", withIntermediateDirectories: true)
        try Data("content\n".utf8).write(to: URL(filePath: "\(directory)/bind/file"))
        try Data(profile.utf8).write(to: URL(filePath: profilePath))
        guard mount("tmpfs", "\(directory)/bind/below", "tmpfs", 0, nil) == 0 else {
            throw CommandFailure(what: "mount", result: try Command("/bin/true", []).runBlocking())
        }
    }

    func remove() {
        umount2("\(directory)/bind/below", Int32(MNT_DETACH))
        // dockerd's runtime leaves the parents of control groups.
        let hierarchies = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []
        for hierarchy in [""] + hierarchies.map({ "/\($0)" }) {
            for group in ["/deep/er", "/deep", ""] { rmdir("/sys/fs/cgroup\(hierarchy)\(cgroupParent)\(group)") }
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    func importBusybox(into socket: String) async throws {
        try await succeed(socket, ["import", "-", EngineUnderTest.image], stdin: try await BusyboxImage.archive())
    }

    /// Runs `docker`, which must succeed, and returns its output without the last newline.
    @discardableResult
    func succeed(_ socket: String, _ arguments: [String], stdin: [UInt8] = []) async throws -> String {
        let result = try await docker(socket, arguments, stdin: stdin)
        guard result.code == 0 else { throw CommandFailure(what: "docker \(arguments.joined(separator: " "))", result: result) }
        return result.line
    }

    func report(_ line: FlagLine, socket: String) async throws -> FlagReport {
        let name = "probe"
        let flags = line.flags.map { flag in
            flag.replacing("BIND", with: "\(directory)/bind").replacing("PROFILE", with: profilePath)
                .replacing("DISK", with: "/dev/\(disk ?? "none")").replacing("GROUP", with: cgroupParent)
        }
        // At a terminal the client's own is needed; script(1) isn't everywhere, so that the container is followed by its log.
        let isDetached = line.flags.contains("-t")
        let script = probe + "\n" + (line.script.isEmpty ? "" : "( \(line.script) ) 2>&1 | sed 's/^/script: /'")
        let run = ["run", isDetached ? "-d" : "--rm", "--name", name] + flags + [EngineUnderTest.image, "sh", "-c", script]
        var result = try await docker(socket, run)
        if isDetached, result.code == 0 {
            _ = try await docker(socket, ["wait", name])
            result = try await docker(socket, ["logs", name])
        }
        _ = try await docker(socket, ["rm", "-fv", name])
        return FlagReport(code: result.code, output: normalised(result.text), errors: normalised(result.errorText))
    }

    private func docker(_ socket: String, _ arguments: [String], stdin: [UInt8] = []) async throws -> CommandResult {
        let environment = ["DOCKER_HOST": "unix://\(socket)", "DOCKER_CONFIG": "\(directory)/client"]
        return try await Command(EngineUnderTest.client, arguments, environment: environment, stdin: stdin).run()
    }

    /// What differs from run to run, or from engine to engine, has a name.
    private func normalised(_ text: String) -> String {
        var text = text.replacing("\r\n", with: "\n").replacing(directory, with: "DIRECTORY")
        for kind in ["mnt", "pid", "net", "ipc", "uts", "cgroup", "user"] {
            let host = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(kind)")) ?? "none"
            text = text.replacing(host, with: "the host's")
        }
        return text.replacing(#/\b(mnt|pid|net|ipc|uts|cgroup|user):\[\d+\]/#, with: "its own").replacing(#/[0-9a-f]{64}/#, with: "ID")
            .replacing(#/\b[0-9a-f]{12}\b/#, with: "SHORT").replacing(#/\b(master|shared|propagate_from):\d+/#) { String($0.output.1) }
            .replacing(#/(lowerdir|upperdir|workdir|lowerdir\+)=[^, \n]*,?/#, with: "")
    }
}

/// What came of a run.
struct FlagReport {
    let code: Int32
    let output: String
    let errors: String

    /// One line a difference: `what: ours not theirs`.
    func differences(from other: FlagReport) -> [String] {
        let (own, theirs) = (facts, other.facts)
        let names = Set(own.keys).union(theirs.keys).sorted()
        let codes = code == other.code ? [] : ["code: \(code) not \(other.code)"]
        // Where one of them didn't run there is nothing more to compare.
        let ran = output.isEmpty == other.output.isEmpty
        return codes
            + names.filter { ran || $0 == "errors" }.filter { own[$0] != theirs[$0] }.map {
                "\($0): \(own[$0] ?? "absent") not \(theirs[$0] ?? "absent")"
            }
    }

    private var facts: [String: String] {
        var facts: [String: String] = [:]
        for line in output.split(separator: "\n") {
            let parts = line.components(separatedBy: ": ")
            let value = parts.dropFirst().joined(separator: ": ")
            let name = parts[0]
            // What is mounted twice at a place is told twice.
            facts[name] = facts[name].map { $0 + " and " + value } ?? (parts.count > 1 ? value : "yes")
        }
        // Where dockerd's runtime says it, and where this engine does.
        let prefixes = #/(failed to create task for container: )?failed to create shim task: OCI runtime create failed: .*process: /#
        let errors = errors.replacing(prefixes, with: "").replacing("error during container init: ", with: "")
            .replacing(": unknown\n", with: "\n").replacing("docker: Error response from daemon: ", with: "")
        let words = errors.split(separator: "\n").filter { !$0.isEmpty && !$0.contains("run --help") }
        if !words.isEmpty { facts["errors"] = words.joined(separator: "; ") }
        return facts
    }
}
