// Containers in user namespaces, looked at from inside and from the host.
import Contracts
import Foundation
import Glibc
import ShimProbeProtocol
@testable import ShimServer
import Testing

@Suite struct UserNamespaceTests {
    private static let first: UInt32 = 3_000_000_000
    private static let map = IDMap(first: first, count: 65_536)

    private static func output(
        _ script: String, _ change: (ContainerFixture, inout ContainerSpec) throws -> Void = { _, _ in }
    ) async throws -> String {
        try await ContainerFixture.output(script) { fixture, spec in
            spec.idMap = map
            try change(fixture, &spec)
        }
    }

    private static let look = """
        id; for f in Cap Groups NoNewPrivs Seccomp: Uid; do grep ^$f /proc/self/status; done; ls -ln / /dev /dev/shm /etc
        while read a b c root point options e; do echo $point $options ${e%% *}; done < /proc/self/mountinfo
        hostname; pwd; cat /proc/self/oom_score_adj; ps | wc -l
        """

    /// What a program sees is the same, but for whose the files of the kernel are.
    @Test func looksLikeAnyOther() async throws {
        func change(_ fixture: ContainerFixture, _ spec: inout ContainerSpec) {
            spec.process.oomScoreAdjustment = 5
            spec.process.additionalGroups = ["10", "77"]
        }
        func comparable(_ text: String) -> [String] {
            text.lines.filter { !$0.contains(" proc") && !$0.contains(" sys") && !$0.hasPrefix("total") }
                .map { $0.replacingOccurrences(of: "[0-9]+ [A-Z][a-z]+ +[0-9]+ +[0-9:]+", with: "", options: .regularExpression) }
        }
        let plain = try await ContainerFixture.output(Self.look, change)
        let mapped = try await Self.output(Self.look, change)
        // In no order: some file systems are mounted before others here.
        #expect(comparable(mapped).sorted() == comparable(plain).sorted())
        #expect(mapped.contains("uid=0(root) gid=0(root)") && mapped.contains("\n5\n"))
    }

    @Test func idsAreOthersOnTheHost() async throws {
        let lines = try await Self.output("cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups").lines
        let words = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(words == [["0", "\(Self.first)", "65536"], ["0", "\(Self.first)", "65536"], ["allow"]])
    }

    @Test func filesOnDiskAreNotShifted() async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        chown("\(fixture.lower)/etc/group", 5, 6)
        var spec = fixture.spec(
            ContainerFixture.shell(
                "touch /mine; chown 1000:10 /mine; ls -ln /etc/group; chown 7 /etc/group; rm /etc/passwd; mkdir /d; ls -ldn /d /mine /"))
        spec.idMap = Self.map
        let outcome = try await ContainerFixture.ask(.run(spec, steps: [.awaitExit])).container
        #expect(outcome.failure == nil && outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.output.contains(" 5        6 ") && outcome.output.contains(" 1000     10 "), "\(outcome.output)")
        var status = stat()
        #expect(lstat("\(fixture.directory)/upper/mine", &status) == 0 && status.st_uid == 1000 && status.st_gid == 10)
        #expect(lstat("\(fixture.directory)/upper/d", &status) == 0 && status.st_uid == 0 && status.st_gid == 0)
        #expect(lstat("\(fixture.directory)/upper/etc/group", &status) == 0 && status.st_uid == 7 && status.st_gid == 6)
        #expect(lstat("\(fixture.directory)/upper/etc/passwd", &status) == 0 && status.st_rdev == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func bindsKeepOwnersUnlessMapped() async throws {
        let script = "ls -ldn /kept /mapped /chosen; for d in kept mapped chosen; do touch /$d/new && echo $d; done"
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        for name in ["kept", "mapped", "chosen"] {
            try FileManager.default.createDirectory(atPath: "\(fixture.directory)/\(name)", withIntermediateDirectories: true)
            // Whatever the mask of new files is, which is the whole process's.
            chmod("\(fixture.directory)/\(name)", 0o755)
        }
        chown("\(fixture.directory)/chosen", 1234, 1234)
        var spec = fixture.spec(ContainerFixture.shell(script))
        spec.idMap = Self.map
        spec.mounts = ["kept", "mapped", "chosen"].map {
            MountSpec(kind: .bind, source: "\(fixture.directory)/\($0)", destination: "/\($0)")
        }
        spec.mounts[1].idMap = Self.map
        let chosen = [IDRange(inside: 1234, outside: Self.first, count: 1)]
        spec.mounts[2].idMap = IDMap(users: chosen, groups: chosen)
        let outcome = try await ContainerFixture.ask(.run(spec, steps: [.awaitExit])).container
        #expect(outcome.output.lines.suffix(2) == ["mapped", "chosen"], "\(outcome)")
        #expect(outcome.output.contains("65534    65534") && outcome.errors.contains("/kept/new: Permission denied"), "\(outcome)")
        var status = stat()
        #expect(lstat("\(fixture.directory)/mapped/new", &status) == 0 && status.st_uid == 0)
        #expect(lstat("\(fixture.directory)/chosen/new", &status) == 0 && status.st_uid == 1234 && status.st_gid == 1234)
    }

    /// No user namespace is needed for it.
    @Test func bindsOfAnyContainerCanBeMapped() async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        try FileManager.default.createDirectory(atPath: "\(fixture.directory)/src", withIntermediateDirectories: true)
        chown("\(fixture.directory)/src", 1234, 1235)
        var spec = fixture.spec(ContainerFixture.shell("ls -ldn /src; touch /src/new"))
        spec.mounts = [MountSpec(kind: .bind, source: "\(fixture.directory)/src", destination: "/src")]
        spec.mounts[0].idMap = IDMap(
            users: [IDRange(inside: 1234, outside: 0, count: 1)], groups: [IDRange(inside: 1235, outside: 0, count: 1)])
        let outcome = try await ContainerFixture.ask(.run(spec, steps: [.awaitExit])).container
        #expect(outcome.exitCode == 0 && outcome.output.contains(" 0        0 "), "\(outcome)")
        var status = stat()
        #expect(lstat("\(fixture.directory)/src/new", &status) == 0 && status.st_uid == 1234 && status.st_gid == 1235)
    }

    @Test func execsAreInIt() async throws {
        let exec = ContainerFixture.shell("id -u; id -G; cat /proc/self/uid_map; echo again > /dev/stdout; cat /proc/1/comm") {
            $0.user = "user"
            $0.oomScoreAdjustment = 3
            $0.rlimits = [ResourceLimit(name: "nofile", soft: 700, hard: 700)]
        }
        let report = try await ContainerFixture.run(
            ContainerFixture.shell("read line"),
            steps: [
                .exec(exec, privileged: false, input: ""),
                .exec(ContainerFixture.shell("echo x > /proc/sys/kernel/core_pattern || mknod /n b 8 0"), privileged: true, input: ""),
            ]
        ) { _, spec in spec.idMap = Self.map }
        let (first, second) = (try #require(report.steps.first), try #require(report.steps.last))
        #expect(first.output.lines.prefix(2) == ["1000", "1000 10"], "\(first)")
        #expect(first.output.contains("\(Self.first)") && first.output.contains("again\n"), "\(first)")
        #expect(second.exitCode != 0, "\(second)")
    }

    @Test func limitsAndParametersAreSet() async throws {
        let text = try await Self.output(
            "ulimit -n; ulimit -Hn; cat /proc/sys/kernel/shmmni /proc/sys/net/ipv4/ip_forward /proc/sys/fs/mqueue/queues_max"
        ) { _, spec in
            spec.process.rlimits = [ResourceLimit(name: "nofile", soft: 500, hard: 700)]
            spec.sysctls = ["kernel.shmmni": "77", "net.ipv4.ip_forward": "1", "fs.mqueue.queues_max": "33"]
        }
        #expect(text.lines == ["500", "700", "77", "1", "33"])
    }

    @Test func usersBeyondTheRangeAreNamed() async throws {
        let report = try await ContainerFixture.run(ContainerFixture.process(["id"]) { $0.user = "70000" }) { _, spec in
            spec.idMap = Self.map
        }
        #expect(report.container.failure?.message == "user 70000 is not mapped in the container's user namespace", "\(report.container)")
    }

    @Test func devicesOpenAndAreNotMade() async throws {
        let text = try await Self.output(
            """
            echo x > /dev/null; head -c 3 /dev/zero | wc -c; ls -ln /dev/fuse2; mknod /dev/y c 1 3; mknod /y c 1 3
            test -e /dev/y || echo none
            """
        ) { _, spec in spec.devices = [DeviceSpec(hostPath: "/dev/urandom", containerPath: "/dev/fuse2")] }
        #expect(text.contains("3\n") && text.contains("crw-rw-rw-    1 0        0 ") && text.contains("none\n"), "\(text)")
    }

    /// Whatever happens on the way, nothing is left of a start, and what went wrong is told.
    @Test func failuresAreTold() async throws {
        let cases: [(String, (inout ContainerSpec) -> Void)] = [
            ("exec: \"nosuch\": executable file not found", { $0.process.arguments = ["nosuch"] }),
            ("not-there", { $0.mounts = [MountSpec(kind: .bind, source: "/not-there", destination: "/x")] }),
            ("write sysctl key net.nosuch", { $0.sysctls = ["net.nosuch": "1"] }),
            ("user namespace needs an ID for its root", { $0.idMap = IDMap(users: [], groups: []) }),
            ("upper", { $0.rootfs.upper = "/not-there/upper" }),
        ]
        for (words, change) in cases {
            let report = try await ContainerFixture.run(ContainerFixture.process(["true"])) { _, spec in
                spec.idMap = Self.map
                change(&spec)
            }
            #expect(report.container.failure?.message.contains(words) == true, "\(words): \(report.container)")
        }
    }
}
