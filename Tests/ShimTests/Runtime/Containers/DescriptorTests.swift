// What a name in a container leads to when it goes by the descriptors of whoever starts the process: nowhere (CVE-2024-21626).
import Contracts
import Foundation
import Glibc
import ShimProbeProtocol
@testable import ShimServer
import TestSupport
import Testing

@Suite struct DescriptorTests {
    /// The host's root, as long as the descriptor is open.
    private static let way = "/proc/self/fd/\(probeDescriptorOfRoot)"
    private static let kinds: [@Sendable (inout ContainerSpec) -> Void] = [
        { _ in }, { $0.usesInit = true }, { $0.idMap = IDMap(first: 100_000, count: 65536) }, { $0.process.terminal = true },
        { $0.privileged = true },
    ]

    private static func directory(_ path: String) -> ProcessSpec { ContainerFixture.process(["true"]) { $0.workingDirectory = path } }

    private static func processes(_ fixture: ContainerFixture) -> [ProcessSpec] {
        [
            directory(way), directory("\(way)/etc"), directory("\(way)\(fixture.directory)/made/for/this"), directory("/link"),
            directory("/link\(fixture.directory)/made"), ContainerFixture.process(["\(way)/bin/busybox", "true"]),
            ContainerFixture.process(["/link/bin/busybox", "true"]),
            ContainerFixture.process(["busybox"]) { $0.environment = ["PATH=\(way)/bin"] },
        ]
    }

    private func withLink(_ body: (ContainerFixture) async throws -> Void) async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        symlink(Self.way, "\(fixture.lower)/link")
        try await body(fixture)
        #expect(access("\(fixture.directory)/made", F_OK) != 0)
    }

    @Test(arguments: kinds.indices) func noStartGoesByThem(_ kind: Int) async throws {
        try await withLink { fixture in
            for process in Self.processes(fixture) {
                var spec = fixture.spec(process)
                Self.kinds[kind](&spec)
                let failure = try await ContainerFixture.ask(.run(spec, steps: [.awaitExit])).container.failure
                #expect(
                    ["cwd", "exec"].contains(failure?.step),
                    "\(process.workingDirectory) \(process.arguments): \(String(describing: failure))")
            }
        }
    }

    /// By the short way from the third on, but for a user namespace and a terminal.
    @Test(arguments: kinds.indices) func noExecGoesByThem(_ kind: Int) async throws {
        try await withLink { fixture in
            var spec = fixture.spec(ContainerFixture.process(["sleep", "1000"]))
            Self.kinds[kind](&spec)
            let isTerminal = spec.process.terminal
            let settle = ContainerFixture.process(["sleep", kind == 0 ? "3.1" : "0"])
            let plain = ContainerFixture.process(["true"])
            let processes = [settle, plain, plain] + Self.processes(fixture)
            let steps = processes.map { process in
                var process = process
                process.terminal = isTerminal
                return ProbeStep.exec(process, privileged: false, input: "")
            }
            let report = try await ContainerFixture.ask(.run(spec, steps: steps))
            #expect(report.container.failure == nil && report.steps[..<3].allSatisfy { $0.failure == nil })
            for (process, outcome) in zip(processes, report.steps).dropFirst(3) {
                #expect(["cwd", "exec"].contains(outcome.failure?.step), "\(process.workingDirectory) \(process.arguments): \(outcome)")
            }
            #expect((report.plannedExecs > 0) == (kind == 0))
        }
    }

    @Test func neitherUsersNorDevicesGoByThem() async throws {
        try await withLink { fixture in
            try fixture.write("strange:x:77:77::/:/bin/sh\n", to: "strangers")
            unlink("\(fixture.lower)/etc/passwd")
            symlink("\(Self.way)\(fixture.directory)/strangers", "\(fixture.lower)/etc/passwd")
            let spec = fixture.spec(ContainerFixture.process(["true"]) { $0.user = "strange" })
            let users = try await ContainerFixture.ask(.run(spec, steps: [.awaitExit])).container
            #expect(users.failure?.message == "unable to find user strange: no matching entries in passwd file")
            for path in ["\(Self.way)\(fixture.directory)/node", "/link\(fixture.directory)/node"] {
                var spec = fixture.spec(ContainerFixture.process(["true"]))
                spec.devices = [DeviceSpec(hostPath: "/dev/null", containerPath: path)]
                let devices = try await ContainerFixture.ask(.run(spec, steps: [.awaitExit])).container
                #expect(devices.failure?.step == "mount", "\(devices)")
                #expect(access("\(fixture.directory)/node", F_OK) != 0)
            }
        }
    }

    /// A directory without a name below the container's root isn't to be told from one outside.
    @Test func aDirectoryWithoutANameIsRefused() async throws {
        let lost = ContainerFixture.shell("mkdir /tmp/x; cd /tmp/x; rmdir /tmp/x; echo ready; sleep 1000")
        let exec = ContainerFixture.process(["true"]) { $0.workingDirectory = "/proc/1/cwd" }
        let report = try await ContainerFixture.run(lost, steps: [.awaitOutput("ready"), .exec(exec, privileged: false, input: "")])
        let words = "current working directory is outside of container mount namespace root -- possible container breakout detected"
        #expect(report.steps.last?.failure?.message == words, "\(report)")
    }

    /// Even whoever may look into any process finds nothing of the host's in a new one.
    @Test func nothingOfTheHostIsAmongItsProcesses() async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        try fixture.installProbe()
        let spec = fixture.spec(
            ContainerFixture.process(["/bin/probe", ProbeRole.pry.rawValue]) { $0.capabilities += ["CAP_SYS_PTRACE"] })
        let execs = (0..<20).map { _ in ProbeStep.exec(ContainerFixture.process(["true"]), privileged: false, input: "") }
        let enough = ProbeStep.exec(ContainerFixture.process(["touch", "/enough"]), privileged: false, input: "")
        let report = try await ContainerFixture.ask(.run(spec, steps: execs + [enough, .awaitExit]))
        #expect(report.container.output == "own\n")
        #expect(report.plannedExecs == 0)
    }
}
