// Running containers: exec, terminals, init, limits, freezing, and what happens when the shim dies.
import Contracts
import Foundation
import Glibc
import RPC
import ShimProbeProtocol
@testable import ShimServer
import TestSupport
import Testing

@Suite struct LifeTests {
    private let sleeper = ContainerFixture.process(["/bin/sleep", "1000"])

    private func exec(_ process: ProcessSpec, privileged: Bool = false, input: String = "") -> ProbeStep {
        .exec(process, privileged: privileged, input: input)
    }

    @Test func aGroupThatADeadShimLeftIsReplaced() async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        let left = try RuntimeHost().cgroup(parent: ContainerFixture.cgroupParent, id: fixture.id)
        try left.create(CgroupSpec(memory: 1 << 30), devices: .everything)
        let report = try await ContainerFixture.ask(.run(fixture.spec(ContainerFixture.shell("echo on")), steps: [.awaitExit]))
        #expect(report.container.failure == nil && report.container.output == "on\n")
    }

    @Test func execJoinsTheContainer() async throws {
        let script = """
            cat; id -u; hostname; tr '\\0' ' ' < /proc/1/cmdline; echo; grep -c ':/$' /proc/self/cgroup
            grep -E '^(CapEff|Seccomp:)' /proc/self/status
            """
        let report = try await ContainerFixture.run(
            sleeper,
            steps: [
                exec(ContainerFixture.shell(script), input: "input\n"), exec(ContainerFixture.process(["id", "-u"]) { $0.user = "user" }),
                exec(ContainerFixture.shell("exit 9")),
                exec(ContainerFixture.process(["grep", "CapEff", "/proc/self/status"]), privileged: true),
                exec(ContainerFixture.shell("kill -9 $$")),
            ])
        let steps = report.steps
        #expect(steps.map(\.exitCode) == [0, 0, 9, 0, 137])
        let lines = steps[0].output.lines
        #expect(lines[..<4] == ["input", "0", "box", "/bin/sleep 1000 "])
        #expect(lines[5...] == ["CapEff:\t00000000a80425fb", "Seccomp:\t2"])
        #expect(steps[1].output == "1000\n")
        #expect(steps[3].output.hasSuffix(String(CapabilitySet.permitted().bits, radix: 16) + "\n"))
    }

    @Test func execSaysWhyItFails() async throws {
        let report = try await ContainerFixture.run(
            sleeper,
            steps: [
                exec(ContainerFixture.process(["nosuch"])), exec(ContainerFixture.process(["true"]) { $0.workingDirectory = "/nosuch" }),
                exec(ContainerFixture.process(["true"]) { $0.user = "nosuch" }), exec(ContainerFixture.process(["true"])),
            ])
        #expect(
            report.steps.map { $0.failure?.message } == [
                "exec: \"nosuch\": executable file not found in $PATH",
                "chdir to cwd (\"/nosuch\") set in config.json failed: no such file or directory",
                "unable to find user nosuch: no matching entries in passwd file", nil,
            ])
        #expect(report.steps.map(\.exitCode) == [nil, nil, nil, 0])
    }

    @Test func execHasATerminal() async throws {
        let process = ContainerFixture.shell("tty; stty size; stat -c %u:%g $(tty); test -t 2 && echo yes") {
            ($0.terminal, $0.terminalSize, $0.user) = (true, TerminalSize(columns: 100, rows: 30), "user")
        }
        let step = try await ContainerFixture.run(sleeper, steps: [exec(process)]).steps[0]
        #expect(step.output == "/dev/pts/0\r\n30 100\r\n1000:5\r\nyes\r\n")
    }

    @Test(arguments: [false, true]) func terminalsControl(_ usesInit: Bool) async throws {
        let script = "trap 'echo interrupted; exit 3' INT; tty; stty size; echo ready; read line; echo got $line; sleep 1000 & wait"
        let process = ContainerFixture.shell(script) {
            ($0.terminal, $0.terminalSize) = (true, TerminalSize(columns: 80, rows: 24))
        }
        let steps: [ProbeStep] = [
            .awaitOutput("ready\r\n"), .write("hello\n"), .awaitOutput("got hello"), .write("\u{3}"), .awaitExit,
        ]
        let report = try await ContainerFixture.run(process, steps: steps) { $1.usesInit = usesInit }
        #expect(report.container.exitCode == 3)
        #expect(report.container.output.contains("/dev/pts/0\r\n24 80\r\nready\r\n"))
        #expect(report.container.output.contains("interrupted"))
    }

    @Test func consoleIsTheTerminal() async throws {
        let process = ContainerFixture.shell("echo through > /dev/console; stat -c %t:%T /dev/console") { $0.terminal = true }
        let output = try await ContainerFixture.run(process).container.output
        #expect(output == "through\r\n88:0\r\n")
    }

    @Test func initReapsAndForwards() async throws {
        let script = """
            trap 'echo bye; exit 5' TERM; (sh -c 'sleep 0.1' &); tr '\\0' ' ' < /proc/1/cmdline; echo; echo $$
            while ps | grep -q '[s]leep 0.1$'; do sleep 0.05; done
            while cat /proc/[0-9]*/status 2> /dev/null | grep -q '^State:.Z'; do sleep 0.05; done; echo ready; while :; do sleep 0.05; done
            """
        let report = try await ContainerFixture.run(
            ContainerFixture.shell(script), steps: [.awaitOutput("ready"), .signal(SIGTERM), .awaitExit]
        ) { $1.usesInit = true }
        #expect(report.container.exitCode == 5)
        let lines = report.container.output.lines.map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines == ["init", "2", "ready", "bye"])
    }

    @Test(arguments: [("exit 7", 7), ("kill -TERM $$", 143)])
    func initEndsAsItsChild(_ script: String, _ code: Int32) async throws {
        let report = try await ContainerFixture.run(ContainerFixture.shell(script)) { $1.usesInit = true }
        #expect(report.container.exitCode == code)
    }

    @Test func initIsAsConfinedAsTheCommand() async throws {
        let script = "grep -E '^(CapEff|Seccomp:|Uid)' /proc/1/status; ls /proc/1/exe /proc/1/fd > /dev/null 2>&1 || echo closed"
        let report = try await ContainerFixture.run(ContainerFixture.shell(script) { $0.user = "user" }) { $1.usesInit = true }
        #expect(report.container.output.lines == ["Uid:\t1000\t1000\t1000\t1000", "CapEff:\t0000000000000000", "Seccomp:\t2", "closed"])
    }

    @Test func memoryLimitKills() async throws {
        let hungry = ContainerFixture.process(["tail", "/dev/zero"])
        let report = try await ContainerFixture.run(hungry, steps: [.awaitOutOfMemory, .awaitExit]) {
            ($1.cgroup.memory, $1.cgroup.memorySwap) = (24 << 20, 24 << 20)
        }
        #expect(report.steps[0].failure == nil)
        #expect(report.container.exitCode == 137)
        #expect(report.outOfMemoryKills >= 1)
    }

    @Test func limitsAreInForce() async throws {
        let script = """
            cat /sys/fs/cgroup/*/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; n=0
            while [ $n -lt 30 ]; do sleep 1000 & n=$((n+1)); done; echo all
            """
        let report = try await ContainerFixture.run(ContainerFixture.shell(script)) {
            $1.cgroup.pidsLimit = 12
            ($1.cgroup.cpuShares, $1.cgroup.cpuPeriod, $1.cgroup.cpuQuota) = (512, 100_000, 50_000)
            ($1.cgroup.cpusetCpus, $1.cgroup.cpusetMems) = ("0", "0")
        }
        #expect(report.container.output.lines == ["12"])
        #expect(report.container.errors.contains("can't fork"))
        #expect(report.outOfMemoryKills == 0)
    }

    @Test func freezesAndThaws() async throws {
        let counting = ContainerFixture.shell("while :; do echo tick; sleep 0.02; done")
        let report = try await ContainerFixture.run(
            counting, steps: [.awaitOutput("tick"), .freeze, .processes, .thaw, .freeze, .signalAll(SIGKILL), .awaitExit])
        #expect(report.steps.allSatisfy { $0.failure == nil })
        #expect(!report.steps[2].pids.isEmpty)
        #expect(report.container.exitCode == 137)
    }

    @Test func signalsAll() async throws {
        let script = "trap 'echo main' USR1; (trap 'echo child; exit' USR1; echo a; while :; do sleep 0.05; done) & wait; wait; echo over"
        let report = try await ContainerFixture.run(
            ContainerFixture.shell(script), steps: [.awaitOutput("a\n"), .signalAll(SIGUSR1), .awaitOutput("over"), .awaitExit])
        #expect(Set(report.container.output.lines) == ["a", "child", "main", "over"])
        #expect(report.container.exitCode == 0)
    }

    @Test func removalKillsWhatIsLeft() async throws {
        let report = try await ContainerFixture.run(
            ContainerFixture.shell("sleep 1000 & sleep 1001 & echo up; wait"),
            steps: [.awaitOutput("up"), .removeCgroup, .processes, .awaitExit])
        #expect(report.steps[2].pids.isEmpty)
        #expect(report.container.exitCode == 137)
    }

    @Test func sharesNamespacesWithTheHost() async throws {
        let text = try await ContainerFixture.output("for kind in uts ipc net pid cgroup; do readlink /proc/self/ns/$kind; done") {
            $1.namespaces = NamespaceSpec(network: .host, pid: .host, ipc: .host, uts: .host, cgroup: .host)
        }
        let own = try ["uts", "ipc", "net", "pid", "cgroup"].map {
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")
        }
        #expect(text.lines == own)
    }

    @Test func containersShareNamespaces() async throws {
        let donor = try ContainerFixture()
        defer { donor.remove() }
        let process = ContainerFixture.shell("echo secret > /dev/shm/x; echo up; exec sleep 1000")
        var running = try RunningProbe(donor.spec(process), [.awaitOutput("up"), .hang])
        defer { running.kill(donor) }
        let pid = try running.containerPID()
        let text = try await ContainerFixture.output("cat /dev/shm/x; hostname; ps | grep -c 'sleep 100[0]'; echo $$ | grep -vc '^1$'") {
            $1.hostname = "other"
            $1.namespaces = NamespaceSpec(
                network: .path("/proc/\(pid)/ns/net"), pid: .path("/proc/\(pid)/ns/pid"), ipc: .path("/proc/\(pid)/ns/ipc"),
                uts: .path("/proc/\(pid)/ns/uts"))
        }
        #expect(text.lines == ["secret", "box", "1", "1"])
    }

    @Test(arguments: [false, true]) func diesWithTheShim(_ usesInit: Bool) async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        var spec = fixture.spec(sleeper)
        spec.usesInit = usesInit
        var running = try RunningProbe(spec, [.hang])
        let pid = try running.containerPID()
        #expect(HostProcess.exists(pid))
        running.killShim()
        try await eventually("the container is gone") { HostProcess.exists(pid) ? nil : true }
        _ = try await ContainerFixture.ask(.cleanUp(id: fixture.id, cgroupParent: ContainerFixture.cgroupParent))
    }
}

/// A probe that keeps a container running until it is killed.
private struct RunningProbe {
    private let process = Process()
    private let errors = Pipe()

    init(_ spec: ContainerSpec, _ steps: [ProbeStep]) throws {
        let input = Pipe()
        process.executableURL = URL(filePath: ContainerFixture.probe)
        (process.standardInput, process.standardOutput, process.standardError) = (input, FileHandle.nullDevice, errors)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(try CBOREncoder().encode(ProbeRequest.run(spec, steps: steps))))
        try input.fileHandleForWriting.close()
    }

    mutating func containerPID() throws -> Int32 {
        let text = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
        return try #require(Int32(text.trimmingCharacters(in: .newlines)))
    }

    func killShim() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func kill(_ fixture: ContainerFixture) {
        killShim()
        // Another process, so that what the dead shim left is cleaned up as after a crash.
        let request = ProbeRequest.cleanUp(id: fixture.id, cgroupParent: ContainerFixture.cgroupParent)
        _ = try? Command(ContainerFixture.probe, [], stdin: CBOREncoder().encode(request)).runBlocking()
    }
}
