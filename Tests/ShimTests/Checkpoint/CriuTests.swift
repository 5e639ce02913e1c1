// What CRIU is told, and what is made of what it says.
import Contracts
import Foundation
import RPC
import Testing

@testable import ShimServer

extension ContainerSpec {
    static var plain: ContainerSpec {
        ContainerSpec(
            id: "c", rootfs: RootfsSpec(lower: ["/l"], upper: "/u", work: "/w"), process: ProcessSpec(arguments: ["sh"]), hostname: "c")
    }
}

@Suite struct CriuTests {
    private let record = CheckpointRecord(
        mounts: [ExternalMount(point: "/data", destination: "/data", below: "")], stdin: nil, stdout: "pipe:[7]", stderr: "pipe:[8]",
        nulls: ["file[46:3]"], network: 4026)

    private func contains(_ arguments: [String], _ wanted: [String]) -> Bool {
        arguments.indices.contains { arguments[$0...].starts(with: wanted) }
    }

    @Test func aDumpLeavesOutWhatIsNotTheContainers() {
        let arguments = Criu(path: "/sbin/criu").dump(of: 12, record, to: "/images", freezer: "/freezer/c", ends: false)
        #expect(arguments.starts(with: ["/sbin/criu", "dump", "--tree", "12", "--images-dir", "/images"]))
        for wanted in [
            ["--external", "mnt[/data]:mount-0"], ["--external", "net[4026]:network"], ["--external", "file[46:3]"],
            ["--freeze-cgroup", "/freezer/c"], ["--leave-running"], ["--manage-cgroups=ignore"],
        ] { #expect(contains(arguments, wanted), "\(wanted)") }
        let ending = Criu(path: "criu").dump(of: 1, record, to: "/images", freezer: nil, ends: true)
        #expect(ending.contains("--leave-stopped") && !ending.contains("--leave-running") && !ending.contains("--freeze-cgroup"))
    }

    @Test func aRestoreGetsItInNewPlaces() {
        let arguments = Criu(path: "criu").restore(
            from: "/images", root: "/stage/root", mounts: ["/stage/bind-0"], inherited: [(5, "pipe:[7]"), (9, "network")],
            pidFile: "/pid", work: "/stage/work")
        for wanted in [
            ["--external", "mnt[mount-0]:/stage/bind-0"], ["--inherit-fd", "fd[5]:pipe:[7]", "--inherit-fd", "fd[9]:network"],
            ["--root", "/stage/root"], ["--restore-sibling"], ["--pidfile", "/pid"], ["--work-dir", "/stage/work"],
        ] { #expect(contains(arguments, wanted), "\(wanted)") }
    }

    @Test(arguments: [
        (
            """
            (00.01) Error (criu/util.c:1533): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted
            (00.05) Warn  (criu/cr-restore.c:1043): might cause a problem
            (00.06)      1: Error (criu/mount-v2.c:319): mnt-v2: Failed to open_tree /x: No such file or directory
            (00.07) Error (criu/cr-restore.c:2320): Restoring FAILED.
            """,
            "1: Error (criu/mount-v2.c:319): mnt-v2: Failed to open_tree /x: No such file or directory"
        ),
        ("(00.07) Error (criu/cr-dump.c:2098): Dumping FAILED.\n", "Error (criu/cr-dump.c:2098): Dumping FAILED."),
        ("Error (berth): execute /x: exec format error\n", "Error (berth): execute /x: exec format error"),
    ])
    func theFirstErrorThatTellsIsTheReason(_ log: String, _ reason: String) {
        #expect(Criu.reason(inLog: log) == reason)
    }

    @Test func aLogWithoutErrorsGivesNone() { #expect(Criu.reason(inLog: "(00.01) fine\n") == nil) }

    @Test func aMissingProgramIsNamed() throws {
        #expect(try Criu.find("/bin/true").path == "/bin/true")
        #expect(try Criu.find("true").path.hasSuffix("/true"))
        let error = #expect(throws: RPCError.self) { try Criu.find("/nosuch/criu") }
        #expect(error?.code == .notImplemented && error?.message.contains("install criu") == true)
    }

    @Test func whatCannotBeSavedIsNamed() throws {
        var spec = ContainerSpec.plain
        #expect(throws: Never.self) { try CheckpointSupport.check(spec) }
        spec.usesInit = true
        #expect(throws: RPCError.self) { try CheckpointSupport.check(spec) }
        spec.namespaces.pid = .host
        #expect(throws: RPCError.self) { try CheckpointSupport.check(spec) }
        spec = ContainerSpec.plain
        spec.namespaces.ipc = .path("/proc/1/ns/ipc")
        #expect(throws: RPCError.self) { try CheckpointSupport.check(spec) }
        spec = ContainerSpec.plain
        spec.process.terminal = true
        let error = #expect(throws: RPCError.self) { try CheckpointSupport.check(spec) }
        #expect(error?.message == "checkpoint not support on containers with tty")
    }

    @Test(arguments: ["cp1", "a.b", "A_-9"]) func aNameOfAContainerIsOneOfACheckpoint(_ name: String) {
        #expect(throws: Never.self) { try CheckpointName.check(name) }
    }

    @Test(arguments: ["", "a", ".a", "../x", "a/b", "a b", "ä1", String(repeating: "a", count: 129)])
    func anyOtherIsRefused(_ name: String) {
        let error = #expect(throws: RPCError.self) { try CheckpointName.check(name) }
        #expect(error?.message == "Invalid checkpoint ID (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    }
}
