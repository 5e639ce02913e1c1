// A root file system made of busybox, and containers in it, run by the probe.
import Contracts
import Foundation
import Glibc
import RPC
@testable import ShimServer
import ShimProbeProtocol
import TestSupport
import Testing

/// A directory for one test's containers. Removed with `remove`.
struct ContainerFixture {
    static let cgroupParent = "/berth-shim-runtime-test"
    private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    private static let applets = [
        "cat", "chmod", "chroot", "cp", "date", "dd", "echo", "env", "false", "grep", "head", "hostname", "id", "ln", "ls", "mkdir",
        "mknod", "mount", "ps", "pwd", "readlink", "rm", "seq", "sh", "sleep", "sort", "stat", "stty", "tail", "test", "touch", "tr",
        "true",
        "tty", "umount", "unshare", "wc",
    ]

    let directory: String
    var lower: String { "\(directory)/lower" }
    let id: String

    init() throws {
        var template = Array("/tmp/berth-shim-runtime-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        id = (0..<4).map { _ in String(UInt64.random(in: 1 << 60 ... .max), radix: 16) }.joined()
        for name in ["lower/bin", "lower/etc", "lower/proc", "lower/sys", "lower/dev", "lower/tmp", "upper", "work"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
            // Other tests of this process may change its mask of new files for a moment.
            chmod("\(directory)/\(name)", 0o755)
        }
        chmod("\(lower)/tmp", 0o1777)
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: "\(lower)/bin/busybox")
        for applet in Self.applets { symlink("busybox", "\(lower)/bin/\(applet)") }
        try write("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n", to: "lower/etc/passwd")
        try write("root:x:0:\nwheel:x:10:root,user\nuser:x:1000:\n", to: "lower/etc/group")
    }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(directory)/\(name)", atomically: false, encoding: .utf8)
        chmod("\(directory)/\(name)", 0o644)
    }

    /// Makes the probe a program of the container.
    func installProbe() throws { try FileManager.default.copyItem(atPath: Self.probe, toPath: "\(lower)/bin/probe") }

    /// Also checks that no control group was left.
    func remove() {
        try? FileManager.default.removeItem(atPath: directory)
        let left = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []
        for hierarchy in left {
            #expect(access("/sys/fs/cgroup/\(hierarchy)\(Self.cgroupParent)/\(id)", F_OK) != 0, "left a cgroup in \(hierarchy)")
        }
    }

    static func process(_ arguments: [String], _ change: (inout ProcessSpec) -> Void = { _ in }) -> ProcessSpec {
        var process = ProcessSpec(arguments: arguments, environment: [path], capabilities: CapabilitySet.dockerNames)
        change(&process)
        return process
    }

    static func shell(_ script: String, _ change: (inout ProcessSpec) -> Void = { _ in }) -> ProcessSpec {
        process(["/bin/sh", "-c", script], change)
    }

    func spec(_ process: ProcessSpec) -> ContainerSpec {
        ContainerSpec(
            id: id, rootfs: RootfsSpec(lower: [lower], upper: "\(directory)/upper", work: "\(directory)/work"), process: process,
            hostname: "box", maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/acpi", "/proc/none", "/sys/firmware"],
            readonlyPaths: ["/proc/bus", "/proc/sys", "/proc/none"], cgroup: CgroupSpec(parent: Self.cgroupParent))
    }

    static var probe: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/berth-shim-probe"
    }

    static func ask(_ request: ProbeRequest) async throws -> ProbeReport {
        let result = try await Command(probe, [], stdin: try CBOREncoder().encode(request)).run()
        guard result.code == 0 else { throw ProbeDied(result: "\(result)") }
        return try CBORDecoder().decode(ProbeReport.self, from: result.output)
    }

    struct ProbeDied: Error { let result: String }

    /// Runs a container to its end, or through `steps`.
    static func run(
        _ process: ProcessSpec, steps: [ProbeStep] = [.awaitExit],
        _ change: (ContainerFixture, inout ContainerSpec) throws -> Void = { _, _ in }
    ) async throws -> ProbeReport {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        var spec = fixture.spec(process)
        try change(fixture, &spec)
        return try await ask(.run(spec, steps: steps))
    }

    /// What a script in a container prints; its errors come after its output.
    static func output(
        _ script: String, _ change: (ContainerFixture, inout ContainerSpec) throws -> Void = { _, _ in }
    ) async throws -> String {
        let container = try await run(shell(script), change).container
        if let failure = container.failure { return "\(failure.step): \(failure.message)" }
        return container.output + container.errors
    }
}

extension String {
    /// The lines without those that are empty.
    var lines: [String] { split(separator: "\n").map(String.init) }
}
