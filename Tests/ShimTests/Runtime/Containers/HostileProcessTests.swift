// Containers whose processes and files are made to harm whoever starts another process there.
import CLinux
import Contracts
import Foundation
import Glibc
import ShimProbeProtocol
@testable import ShimServer
import TestSupport
import Testing

@Suite struct HostileProcessTests {
    private func exec(_ arguments: [String], _ user: String = "", privileged: Bool = false) -> ProbeStep {
        .exec(ContainerFixture.process(arguments) { $0.user = user }, privileged: privileged, input: "")
    }

    /// Whoever stops a new process can't keep the shim waiting: not by the short way, and not by the long one.
    @Test(.timeLimit(.minutes(2))) func stopsNewcomers() async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        try fixture.installProbe()
        let spec = fixture.spec(ContainerFixture.process(["/bin/probe", ProbeRole.stop.rawValue]))
        let target = { ProbeStep.execUntilHeldUp(ContainerFixture.process(["true"], $0), tries: 300) }
        let report = try await ContainerFixture.ask(
            .run(
                spec,
                steps: [
                    exec(["sleep", "3.1"]), exec(["true"]), exec(["touch", "/go"]), .awaitOutput("waiting"), target { _ in },
                    target { $0.user = "user" }, .processes, .signal(SIGKILL), .awaitExit,
                ]))
        #expect(report.steps[..<4].allSatisfy { $0.failure == nil })
        // The last by the long way: who it is isn't known yet.
        for outcome in report.steps[4...5] {
            #expect(outcome.failure?.step == "setup" && outcome.failure?.errno == ETIMEDOUT, "\(outcome)")
        }
        #expect(report.steps[6].pids.count == 1 && report.container.exitCode == 137)
    }

    /// A process that may look into others could write into what a planned exec has in common with the shim.
    @Test func maySeeIntoOthers() async throws {
        let settle = exec(["sleep", "3.1"])
        let report = try await ContainerFixture.run(
            ContainerFixture.process(["sleep", "1000"]),
            steps: [settle, exec(["true"]), exec(["true"]), exec(["true"], privileged: true), exec(["true"])])
        #expect(report.plannedExecs == 1)
        let kinds: [(inout ContainerSpec) -> Void] = [{ $0.process.capabilities += ["CAP_SYS_PTRACE"] }, { $0.privileged = true }]
        for kind in kinds {
            let report = try await ContainerFixture.run(
                ContainerFixture.process(["sleep", "1000"]), steps: [settle, exec(["true"])]
            ) { kind(&$1) }
            #expect(report.plannedExecs == 0 && report.steps.allSatisfy { $0.exitCode == 0 })
        }
    }

    /// Nobody waits for who would write to it.
    @Test(arguments: ["passwd", "group"]) func makesAFileAPipe(_ name: String) async throws {
        let steps = [exec(["stat", "-c", "%u", "/proc/self"]), exec(["true"], "user:wheel"), .signal(SIGKILL), .awaitExit]
        let report = try await ContainerFixture.run(ContainerFixture.process(["sleep", "1000"]), steps: steps) { fixture, _ in
            unlink("\(fixture.lower)/etc/\(name)")
            #expect(mkfifo("\(fixture.lower)/etc/\(name)", 0o644) == 0)
        }
        #expect(report.steps[0].output == "0\n")
        let kind = name == "passwd" ? "user user" : "group wheel"
        #expect(report.steps[1].failure?.message == "unable to find \(kind): no matching entries in \(name) file")
    }

    @Test(arguments: ["passwd", "group"]) func makesAFileEndless(_ name: String) async throws {
        let report = try await ContainerFixture.run(ContainerFixture.process(["true"])) { fixture, _ in
            try fixture.write(String(repeating: "x:\n", count: 400_000), to: "lower/etc/\(name)")
        }
        #expect(report.container.failure?.message == "the container's /etc/\(name) is larger than 1 MiB")
    }

    /// To setresuid(2) the greatest number says that nothing is to be changed.
    @Test func hasAUserWhoStaysRoot() async throws {
        for user in ["evil", "4294967295", "evil:evil", "user:evil"] {
            let report = try await ContainerFixture.run(ContainerFixture.process(["id"]) { $0.user = user }) { fixture, _ in
                try fixture.write("evil:x:4294967295:4294967295::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n", to: "lower/etc/passwd")
                try fixture.write("evil:x:4294967295:\n", to: "lower/etc/group")
            }
            #expect(report.container.failure?.message == "uids and gids must be in range 0-2147483647", "\(user): \(report.container)")
        }
        #expect(clinux_set_user(.max) == -EINVAL && clinux_set_group(.max) == -EINVAL && clinux_set_groups([0, .max], 2) == -EINVAL)
    }
}
