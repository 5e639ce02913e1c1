// Execs that take the short way: the same in all that can be seen from inside, and never on outdated knowledge.
import Contracts
import Glibc
import ShimProbeProtocol
@testable import ShimServer
import Testing

@Suite struct PlannedExecTests {
    private static let sleeper = ContainerFixture.process(["/bin/sleep", "1000"])
    /// What a file says is trusted only once the file has been left alone for a while.
    private static let settle = ProbeStep.exec(ContainerFixture.process(["sleep", "3.1"]), privileged: false, input: "")

    private static let look = """
        id; cat; echo $HOME; pwd; umask; env | sort; cat /proc/self/oom_score_adj; cat /proc/self/limits; cat /proc/self/cgroup
        grep -vE '^(Pid|NSpid|Tgid|NStgid|NSpgid|NSsid|Ngid|Vm|Rss|.*ctxt|Cpus|Mems|Seccomp_filters|Name|State|PPid|Threads|SigQ)' \
        /proc/self/status
        for file in /proc/self/ns/*; do readlink $file; done; readlink /proc/self/root; stat -c '%u:%g' /proc/self/fd/0
        cut -d ' ' -f 6 /proc/$$/stat | grep -x $$ > /dev/null && echo leads its session
        """

    private static let kinds: [(ProcessSpec, privileged: Bool)] = [
        (ContainerFixture.shell(look), false),
        (ContainerFixture.shell(look) { ($0.user, $0.additionalGroups) = ("user", ["7"]) }, false),
        (ContainerFixture.shell(look) { ($0.user, $0.noNewPrivileges, $0.capabilities) = ("4711:4712", true, ["CAP_CHOWN"]) }, false),
        (
            ContainerFixture.shell(look) {
                $0.rlimits = [ResourceLimit(name: "nofile", soft: 100, hard: 200), ResourceLimit(name: "core", soft: 0, hard: 0)]
                ($0.oomScoreAdjustment, $0.workingDirectory) = (777, "/tmp")
                $0.environment += ["A=b c", "EMPTY="]
            }, false
        ),
        (ContainerFixture.shell(look), true),
    ]

    private func run(_ steps: [ProbeStep], _ process: ProcessSpec = sleeper) async throws -> ProbeReport {
        try await ContainerFixture.run(process, steps: steps)
    }

    private func exec(_ process: ProcessSpec) -> ProbeStep { .exec(process, privileged: false, input: "") }

    @Test func looksTheSameFromInside() async throws {
        let steps = Self.kinds.flatMap { kind in (0..<2).map { _ in ProbeStep.exec(kind.0, privileged: kind.privileged, input: "in\n") } }
        let report = try await run([Self.settle] + steps)
        let outcomes = report.steps.dropFirst()
        #expect(outcomes.allSatisfy { $0.failure == nil && $0.exitCode == 0 })
        for (first, second) in zip(outcomes, outcomes.dropFirst()).enumerated().filter({ $0.offset % 2 == 0 }).map(\.element) {
            #expect(first.output.contains("leads its session") && first.output.contains("\nin\n"))
            #expect(first.output == second.output)
            #expect(first.errors == second.errors)
        }
        // Root's is known from the start, whatever else differs, and who may do everything isn't trusted.
        #expect(report.plannedExecs == 5)
    }

    @Test func hasOnlyItsOwnDescriptors() async throws {
        let list = exec(ContainerFixture.process(["ls", "/proc/self/fd"]))
        let status = exec(ContainerFixture.process(["grep", "^Sig[BI]", "/proc/self/status"]))
        let report = try await run([Self.settle, exec(Self.sleeperOf(0)), list, status])
        #expect(report.steps[2].output == "0\n1\n2\n3\n")
        #expect(report.steps[3].output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
        #expect(report.plannedExecs == 2)
    }

    private static func sleeperOf(_ seconds: Int) -> ProcessSpec { ContainerFixture.process(["sleep", String(seconds)]) }

    @Test func noticesNewUsers() async throws {
        let groups = exec(ContainerFixture.process(["id", "-G"]) { $0.user = "user" })
        let report = try await run([
            Self.settle, groups, groups, exec(ContainerFixture.shell("echo late:x:99:user >> /etc/group")), groups,
            exec(ContainerFixture.shell("rm /etc/passwd")), exec(ContainerFixture.process(["true"]) { $0.user = "user" }),
            exec(ContainerFixture.process(["id", "-u"]) { $0.user = "1000" }),
        ])
        #expect([1, 2, 4].map { report.steps[$0].output } == ["1000 10\n", "1000 10\n", "1000 10 99\n"])
        #expect(report.steps[6].failure?.message == "unable to find user user: no matching entries in passwd file")
        #expect(report.steps[7].output == "1000\n")
    }

    @Test func saysWhyItFails() async throws {
        let report = try await run([
            Self.settle, exec(ContainerFixture.process(["true"])), exec(ContainerFixture.process(["nosuch"])),
            exec(ContainerFixture.process(["true"]) { $0.workingDirectory = "/nosuch" }), exec(ContainerFixture.process(["/etc"])),
            exec(ContainerFixture.shell("echo '#!/nosuch' > /tmp/x; chmod +x /tmp/x")), exec(ContainerFixture.process(["/tmp/x"])),
            exec(ContainerFixture.process(["true"])),
        ])
        #expect(
            report.steps.map { $0.failure?.message } == [
                nil, nil, "exec: \"nosuch\": executable file not found in $PATH",
                "chdir to cwd (\"/nosuch\") set in config.json failed: no such file or directory", "exec: \"/etc\": is a directory", nil,
                "exec /tmp/x: no such file or directory", nil,
            ])
        #expect(report.steps.map { $0.failure?.exitCode } == [nil, nil, 127, nil, 126, nil, 127, nil])
    }

    @Test func findsWhatIsFirstInThePath() async throws {
        let script = "mkdir -p /usr/local/bin; echo '#!/bin/sh\necho mine' > /usr/local/bin/true; chmod +x /usr/local/bin/true"
        let report = try await run([
            Self.settle, exec(ContainerFixture.process(["true"])), exec(ContainerFixture.shell(script)),
            exec(ContainerFixture.process(["true"])),
        ])
        #expect(report.steps[3].output == "mine\n")
        #expect(report.plannedExecs == 2)
    }

    /// A process in the container may end the new one between any two of its steps.
    @Test func standsItsOwnDeath() async throws {
        let killer = ContainerFixture.shell("while [ ! -e /go ]; do sleep 0.05; done; while :; do kill -9 -1; done")
        let start = [Self.settle, exec(ContainerFixture.process(["true"])), exec(ContainerFixture.process(["touch", "/go"]))]
        let report = try await run(
            start + (0..<300).map { _ in exec(ContainerFixture.process(["true"])) } + [.signal(SIGKILL), .awaitExit], killer)
        #expect(report.container.exitCode == 137)
        let attempts = report.steps[3..<303]
        #expect(attempts.allSatisfy { $0.exitCode == 0 || $0.exitCode == 137 || $0.failure != nil })
        #expect(attempts.contains { $0.exitCode != 0 })
    }

    @Test func tellsUsersApart() throws {
        let marks = [UInt8](repeating: 3, count: FileMark.size)
        let mark = try #require(FileMark(marks))
        let user = ProcessUser(uid: 1, gid: 2, groups: [2, 3], home: "/home/ü")
        let resolved = ResolvedUser(user: user, passwd: mark, group: mark)
        let bytes = try #require(resolved.bytes)
        #expect(ResolvedUser(bytes[...]) == resolved)
        #expect(SetupMessage(SetupMessage.resolved(resolved).bytes) == .resolved(resolved))
        for count in 0..<(bytes.count - user.home.utf8.count) { #expect(ResolvedUser(bytes[..<count]) == nil) }
        let long = ProcessUser(uid: 1, gid: 1, groups: [UInt32](0..<600), home: "/")
        #expect(ResolvedUser(user: long, passwd: mark, group: mark).bytes == nil)
        #expect(FileMark(settled: "/etc/hostname/none") == nil)
    }
}
