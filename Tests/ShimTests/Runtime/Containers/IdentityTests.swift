// Who a container's process is, looked at from inside.
import Contracts
import ShimProbeProtocol
@testable import ShimServer
import Testing

@Suite struct IdentityTests {
    private static let capabilities = "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status"

    @Test func rootHasDockersCapabilities() async throws {
        let text = try await ContainerFixture.output("id; echo $HOME; pwd; umask; \(Self.capabilities)")
        #expect(
            text.lines == [
                "uid=0(root) gid=0(root) groups=0(root),10(wheel)", "/root", "/", "0022", "CapInh:\t0000000000000000",
                "CapPrm:\t00000000a80425fb", "CapEff:\t00000000a80425fb", "CapBnd:\t00000000a80425fb", "CapAmb:\t0000000000000000",
                "NoNewPrivs:\t0", "Seccomp:\t2",
            ])
    }

    @Test func usersHaveNoCapabilities() async throws {
        let text = try await ContainerFixture.output("id; echo $HOME; echo back > /dev/stdout; \(Self.capabilities)") { _, spec in
            spec.process.user = "user"
            spec.process.additionalGroups = ["7"]
        }
        #expect(text.lines[..<3] == ["uid=1000(user) gid=1000(user) groups=7,10(wheel),1000(user)", "/home/user", "back"])
        #expect(text.contains("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb"))
    }

    @Test func canHaveNoNewPrivileges() async throws {
        let text = try await ContainerFixture.output(Self.capabilities) { _, spec in
            spec.process.noNewPrivileges = true
            spec.process.user = "4711:4712"
            spec.process.capabilities = ["CAP_CHOWN"]
        }
        #expect(text.contains("CapBnd:\t0000000000000001"))
        #expect(text.contains("NoNewPrivs:\t1\nSeccomp:\t2"))
    }

    @Test func canBeUnconfined() async throws {
        let text = try await ContainerFixture.output(Self.capabilities) { _, spec in
            spec.seccomp = .unconfined
            spec.process.capabilities = []
        }
        #expect(text.contains("CapEff:\t0000000000000000") && text.contains("Seccomp:\t0"))
    }

    @Test func privilegedHasEverything() async throws {
        let script = """
            \(Self.capabilities); mount -t tmpfs x /tmp && echo mounted; ls /dev | wc -l
            for place in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir $place/sub && echo made; done
            """
        let text = try await ContainerFixture.output(script) { _, spec in
            spec.privileged = true
            (spec.maskedPaths, spec.readonlyPaths) = ([], [])
        }
        let own = String(CapabilitySet.permitted().bits, radix: 16)
        #expect(text.contains("CapEff:\t" + String(repeating: "0", count: 16 - own.count) + own))
        #expect(text.contains("Seccomp:\t0") && text.contains("mounted") && text.contains("made"))
        let devices = text.lines.compactMap { Int($0) }.first ?? 0
        #expect(devices > 15)
    }

    @Test func keepsLimitsAndScore() async throws {
        let text = try await ContainerFixture.output("ulimit -Sn; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj") { _, spec in
            spec.process.rlimits = [ResourceLimit(name: "nofile", soft: 100, hard: 200), ResourceLimit(name: "core", soft: 0, hard: 0)]
            spec.process.oomScoreAdjustment = 777
        }
        #expect(text.lines == ["100", "200", "0", "777"])
    }

    @Test func hasOnlyItsOwnDescriptors() async throws {
        // 3 is the directory that ls reads.
        #expect(try await ContainerFixture.run(ContainerFixture.process(["ls", "/proc/self/fd"])).container.output == "0\n1\n2\n3\n")
        let status = try await ContainerFixture.run(ContainerFixture.process(["cat", "/proc/self/status"])).container.output
        #expect(status.contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000"))
    }

    @Test func keepsEnvironment() async throws {
        let text = try await ContainerFixture.output("env | sort | grep -vE '^(SHLVL|OLDPWD)'") { _, spec in
            spec.process.environment += ["A=b c", "HOME=/elsewhere", "EMPTY="]
            spec.process.workingDirectory = "/made/for/this"
        }
        #expect(text.lines == ["A=b c", "EMPTY=", "HOME=/elsewhere", ContainerFixture.process(["x"]).environment[0], "PWD=/made/for/this"])
    }

    @Test func isInItsOwnNamespaces() async throws {
        let script = "echo $$; hostname; ls /proc | grep -c '^[0-9]'; cat /proc/self/cgroup | grep -v ':/$' | wc -l"
        let text = try await ContainerFixture.output(script)
        #expect(text.lines == ["1", "box", "3", "0"])
    }

    @Test func refusesNewNamespaces() async throws {
        let script = "unshare -U true; unshare -m true; mount -t tmpfs x /tmp; chroot / true && echo may chroot"
        let text = try await ContainerFixture.output(script)
        #expect(text.lines.count == 4)
        #expect(text.lines.first == "may chroot")
    }

    @Test func obeysAProfile() async throws {
        let profile = """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
            """
        let text = try await ContainerFixture.output("mkdir /tmp/x; echo done") { _, spec in spec.seccomp = .profile(profile) }
        #expect(text.lines == ["done", "mkdir: can't create directory '/tmp/x': No space left on device"])
    }

    @Test func obeysAProfileWhenPrivileged() async throws {
        let profile = #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "chroot", "action": "SCMP_ACT_ERRNO"}]}"#
        let text = try await ContainerFixture.output("chroot / true || echo refused") { _, spec in
            (spec.seccomp, spec.privileged) = (.profile(profile), true)
        }
        #expect(text.hasPrefix("refused"))
    }
}
