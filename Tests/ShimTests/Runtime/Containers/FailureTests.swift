// Starts that fail, and what they say. Docker's client decides by the words.
import Contracts
import Foundation
import ShimProbeProtocol
@testable import ShimServer
import Testing

@Suite struct FailureTests {
    private func failure(
        _ arguments: [String], _ change: (ContainerFixture, inout ContainerSpec) throws -> Void = { _, _ in }
    ) async throws -> ProbeFailure? {
        try await ContainerFixture.run(ContainerFixture.process(arguments), change).container.failure
    }

    @Test(
        arguments: [
            (["nosuch"], 127, "exec: \"nosuch\": executable file not found in $PATH"),
            (["/nosuch"], 127, "exec: \"/nosuch\": stat /nosuch: no such file or directory"),
            (["/etc/passwd"], 126, "exec: \"/etc/passwd\": permission denied"),
            (["/etc"], 126, "exec: \"/etc\": is a directory"),
            ([""], 127, "exec: \"\": executable file not found in $PATH"),
            (["/bin/bad"], 126, "exec /bin/bad: exec format error"),
            (["/bin/script"], 127, "exec /bin/script: no such file or directory"),
        ], [false, true])
    func namesTheCommand(_ command: (arguments: [String], code: Int32, words: String), _ usesInit: Bool) async throws {
        let failure = try await failure(command.arguments) { fixture, spec in
            spec.usesInit = usesInit
            for (name, text) in [("bad", "\u{7f}nonsense"), ("script", "#!/nowhere/sh\n")] {
                try fixture.write(text, to: "lower/bin/\(name)")
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(fixture.lower)/bin/\(name)")
            }
        }
        #expect(failure?.message == command.words)
        #expect(failure?.exitCode == command.code)
        #expect(failure?.step == "exec")
    }

    @Test func namesTheUser() async throws {
        let failure = try await failure(["sh"]) { $1.process.user = "nosuch" }
        #expect(failure?.message == "unable to find user nosuch: no matching entries in passwd file")
        #expect(failure?.exitCode == nil)
    }

    private struct Case: CustomTestStringConvertible {
        var words: String
        var change: @Sendable (inout ContainerSpec) -> Void
        var testDescription: String { words }
    }

    private static let cases = [
        Case(words: "unknown capability: \"CAP_FLY\"") { $0.process.capabilities = ["CAP_FLY"] },
        Case(words: "invalid rlimit type: files") { $0.process.rlimits = [ResourceLimit(name: "files", soft: 1, hard: 1)] },
        Case(words: "invalid device cgroup rule format: 'c 1'") { $0.deviceRules = ["c 1"] },
        Case(words: "error gathering device information while adding custom device \"/dev/nosuch\": no such file or directory") {
            $0.devices = [DeviceSpec(hostPath: "/dev/nosuch", containerPath: "/dev/x")]
        },
        Case(words: "error mounting \"/nosuch\" to rootfs at \"/x\": no such file or directory") {
            $0.mounts = [MountSpec(kind: .bind, source: "/nosuch", destination: "/x")]
        },
        Case(words: "error mounting \"/tmp\" to rootfs at \"/proc/1\": operation not permitted") {
            $0.mounts = [MountSpec(kind: .bind, source: "/tmp", destination: "/proc/1")]
        },
        Case(words: "error mounting \"/tmp\" to rootfs at \"/etc/passwd\": not a directory") {
            $0.mounts = [MountSpec(kind: .bind, source: "/tmp", destination: "/etc/passwd")]
        },
        Case(words: "error mounting \"/etc/passwd\" to rootfs at \"/etc\": not a directory") {
            $0.mounts = [MountSpec(kind: .bind, source: "/etc/passwd", destination: "/etc")]
        },
        Case(
            words: "error mounting \"/tmp/nosuch/part\" to rootfs at \"/x\": cannot access path /tmp/nosuch/part: no such file or directory"
        ) {
            var mount = MountSpec(kind: .bind, source: "/tmp", destination: "/x")
            mount.subpath = "nosuch/part"
            $0.mounts = [mount]
        },
        Case(words: "error mounting \"tmpfs\" to rootfs at \"/x\": invalid argument") {
            $0.mounts = [MountSpec(kind: .tmpfs, destination: "/x", options: ["colour=blue"])]
        },
        Case(words: "unable to enter the network namespace /nosuch: no such file or directory") {
            $0.namespaces.network = .path("/nosuch")
        },
        Case(words: "unable to enter the pid namespace /nosuch: no such file or directory") { $0.namespaces.pid = .path("/nosuch") },
        Case(words: "write sysctl key net.nosuch: open /proc/sys/net/nosuch: no such file or directory") {
            $0.sysctls = ["net.nosuch": "1"]
        },
        Case(words: "Decoding seccomp profile failed: unexpected end of JSON input (at byte 1)") { $0.seccomp = .profile("{") },
        Case(words: "no command specified") { $0.process.arguments = [] },
    ]

    @Test(arguments: cases) private func saysWhatIsWrong(_ item: Case) async throws {
        let failure = try await failure(["true"]) { item.change(&$1) }
        #expect(failure?.message == item.words)
    }

    @Test func namesMissingLayers() async throws {
        let failure = try await failure(["true"]) { $1.rootfs.lower = ["/nosuch"] }
        #expect(failure?.step == "rootfs")
        #expect(failure?.message.hasSuffix("no such file or directory") == true)
    }

    @Test func tellsOfTooLittleMemory() async throws {
        let failure = try await failure(["true"]) { $1.cgroup.memory = 64 << 10 }
        #expect(failure != nil)
    }
}
