// What the seccomp filter says of every system call number, on every architecture of the machine, under this engine and under Debian's
// runc (by dockerd): no difference, or one that seccomp-differences.txt explains. The filters are read from the kernel.
import Contracts
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct SeccompVerdictTests {
    /// A profile with every action and comparison that both engines know.
    static let profile = """
        {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],"syscalls":[
        {"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":5},{"names":["chmod"],"action":"SCMP_ACT_ERRNO"},
        {"names":["ptrace"],"action":"SCMP_ACT_KILL"},{"names":["kexec_load"],"action":"SCMP_ACT_TRAP"},
        {"names":["acct"],"action":"SCMP_ACT_LOG"},{"names":["swapon"],"action":"SCMP_ACT_TRACE"},
        {"names":["personality"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":131072,"op":"SCMP_CMP_EQ"}]},
        {"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,"args":[{"index":0,"value":39,"op":"SCMP_CMP_GE"}]},
        {"names":["clone"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":268435456,"valueTwo":268435456,"op":"SCMP_CMP_MASKED_EQ"}]},
        {"names":["setns"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":0,"op":"SCMP_CMP_NE"}]},
        {"names":["ioctl"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":16,"op":"SCMP_CMP_LT"}]},
        {"names":["lseek"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":8,"op":"SCMP_CMP_LE"},
        {"index":0,"value":2,"op":"SCMP_CMP_GT"}]}
        ]}
        """

    static let cases = [[], ["--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE"], ["--cap-drop", "SYS_CHROOT"], ["PROFILE"]]

    @Test(.enabled(if: DockerdPrograms.installed != nil, "Debian's dockerd isn't installed"))
    func everyNumberHasTheSameVerdict() async throws {
        let explanations = try ConformanceFile.lines("Flags/seccomp-differences.txt").map(Explanation.init)
        let bench = try FlagBench(profile: Self.profile)
        defer { bench.remove() }
        let dockerd = try await DockerdUnderTest.start(programs: try await DockerdPrograms.find(), flags: ["--storage-driver", "overlay2"])
        do {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await bench.importBusybox(into: dockerd.socket)
                for flags in Self.cases {
                    let ours = try await bench.verdicts(flags, socket: engine.layout.gatewaySocket)
                    let theirs = try await bench.verdicts(flags, socket: dockerd.socket)
                    let title = flags.isEmpty ? "default" : flags.joined(separator: " ")
                    let differences = ours.differences(from: theirs)
                    let unexplained = differences.filter { words in !explanations.contains { $0.covers(title, words) } }
                    print("\(title): \(theirs.count) numbers, \(differences.count) differences, all explained: \(unexplained.isEmpty)")
                    #expect(unexplained == [], "\(title)")
                }
            }
            try await dockerd.stop()
        } catch {
            try? await dockerd.stop()
            throw error
        }
    }
}

/// What `verdicts.py` tells, a line a number.
struct SeccompVerdicts {
    private let lines: [String: String]

    init(_ text: String) {
        let pairs = text.split(separator: "\n").map { $0.components(separatedBy: ": ") }
        lines = Dictionary(pairs.map { ($0[0], $0.dropFirst().joined(separator: ": ")) }) { first, _ in first }
    }

    var count: Int { lines.count }

    /// `architecture number: ours not theirs`; where the verdict depends on arguments, only those where it differs.
    func differences(from other: SeccompVerdicts) -> [String] {
        Set(lines.keys).union(other.lines.keys).sorted().compactMap { name in
            let (own, theirs) = (lines[name] ?? "absent", other.lines[name] ?? "absent")
            guard own != theirs else { return nil }
            guard own.contains(";"), theirs.contains(";") else { return "\(name): \(own.prefix(60)) not \(theirs.prefix(60))" }
            let (left, right) = (own.components(separatedBy: "; "), theirs.components(separatedBy: "; "))
            return "\(name): " + zip(left, right).filter { $0 != $1 }.map { "\($0) not \($1)" }.joined(separator: ", ")
        }
    }
}

extension FlagBench {
    func verdicts(_ flags: [String], socket: String) async throws -> SeccompVerdicts {
        let flags = flags.flatMap { $0 == "PROFILE" ? ["--security-opt", "seccomp=\(profilePath)"] : [$0] }
        try await succeed(socket, ["run", "-d", "--name", "sealed"] + flags + [EngineUnderTest.image, "sleep", "1000"])
        let pid = try await succeed(socket, ["inspect", "-f", "{{.State.Pid}}", "sealed"])
        let result = try await Command("/usr/bin/python3", [ConformanceFile.path("Flags/verdicts.py"), pid]).run()
        try await succeed(socket, ["rm", "-f", "sealed"])
        guard result.code == 0 else { throw CommandFailure(what: "verdicts.py", result: result) }
        return SeccompVerdicts(result.text)
    }
}
