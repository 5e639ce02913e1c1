// Programs of the host that complete a container's tree, and device nodes as they were described.
import Contracts
import Foundation
import ShimProbeProtocol
@testable import ShimServer
import Testing

@Suite struct HookTests {
    /// Writes a hook and asks for it.
    private static func hook(
        _ fixture: ContainerFixture, _ spec: inout ContainerSpec, _ script: String, name: String = "hook", timeout: Int64? = nil
    ) throws {
        try fixture.write("#!/bin/sh\n\(script)\n", to: name)
        let path = "\(fixture.directory)/\(name)"
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        spec.hooks =
            (spec.hooks ?? []) + [
                HookSpec(path: path, arguments: [name, "one"], environment: ["KEY=value", "PATH=/usr/bin:/bin"], timeout: timeout)
            ]
    }

    @Test func seeTheHostAndTheContainersTree() async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        var spec = fixture.spec(ContainerFixture.shell("cat /said /second; ls /data"))
        let script = """
            bundle=$(sed 's/.*"bundle":"\\([^"]*\\)".*/\\1/')
            root=$(sed 's/.*"path":"\\([^"]*\\)".*/\\1/' $bundle/config.json)
            [ "$(pwd)" = "$root" ] && echo "$0 $1 $KEY" > $root/said
            ls $root/data $root/proc/self/status > $root/second
            touch $root/data/made
            """
        try Self.hook(fixture, &spec, script)
        try FileManager.default.createDirectory(atPath: "\(fixture.directory)/data", withIntermediateDirectories: true)
        try fixture.write("", to: "data/file")
        spec.mounts = [MountSpec(kind: .bind, source: "\(fixture.directory)/data", destination: "/data")]
        let report = try await ContainerFixture.ask(.run(spec, steps: [.awaitExit]))
        #expect(report.container.failure == nil)
        let lines = report.container.output.lines
        #expect(lines.first?.hasSuffix("one value") == true, "\(report.container)")
        #expect(lines.contains("file") && lines.contains { $0.hasSuffix("/proc/self/status") })
        #expect(Array(lines.suffix(2)) == ["file", "made"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fixture.directory)/work").allSatisfy { $0 == "work" })
    }

    /// What they mount stays, a read-only root is writable for them, and the container sees nothing of the host afterwards.
    @Test func mountBeforeTheTreeIsSealed() async throws {
        let script = "while read a b c d point e; do echo $point; done < /proc/self/mountinfo; cat /from/hook /etc/written"
        let text = try await ContainerFixture.output(script) { fixture, spec in
            spec.rootfs.readonly = true
            try Self.hook(
                fixture, &spec, "mkdir from && mount -t tmpfs none from && echo mounted > from/hook && echo written > etc/written")
        }
        #expect(Array(text.lines.suffix(2)) == ["mounted", "written"])
        let known = ["/", "/proc", "/dev", "/sys", "/from"]
        let points = text.lines.dropLast(2)
        #expect(points.allSatisfy { line in known.contains { line == $0 || line.hasPrefix($0 + "/") } }, "\(points)")
        #expect(points.count { $0 == "/" } == 1)
    }

    @Test func runInTheirOrderAndEachTime() async throws {
        let text = try await ContainerFixture.output("cat /order") { fixture, spec in
            for name in ["first", "second"] { try Self.hook(fixture, &spec, "echo \(name) >> order", name: name) }
        }
        #expect(text.lines == ["first", "second"])
    }

    @Test(
        arguments: [
            ("echo out; echo err >&2; exit 7", nil, "exit status 7, output: out\nerr"),
            ("kill -9 $$", nil, "signal 9"), ("exec sleep 1000", 1, "hook ran past specified timeout of 1s"),
        ] as [(String, Int64?, String)])
    func failTheStart(script: String, timeout: Int64?, words: String) async throws {
        let failure = try await ContainerFixture.run(ContainerFixture.shell("true")) { fixture, spec in
            try Self.hook(fixture, &spec, script, timeout: timeout)
        }.container.failure
        #expect(failure?.step == "hook")
        #expect(failure?.message.hasPrefix("error running createContainer hook #0 (") == true)
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test func missingOnesAreNamed() async throws {
        let text = try await ContainerFixture.output("true") { $1.hooks = [HookSpec(path: "/nosuch/hook")] }
        #expect(text.contains("exec /nosuch/hook: no such file or directory"), "\(text)")
        let mapped = try await ContainerFixture.output("true") {
            $1.hooks = [HookSpec(path: "/bin/true")]
            $1.idMap = IDMap(first: 1_879_048_192, count: 65_536)
        }
        #expect(mapped.contains("hooks can't be run for a container with a user namespace"), "\(mapped)")
    }

    // MARK: Devices

    @Test func describedNodesNeedNoneOnTheHost() async throws {
        let script = "stat -c '%t:%T %a %u:%g' /dev/mine /dev/null /dev/deep/likewise; cat /dev/mine | wc -c; cat /dev/closed"
        let lines = try await ContainerFixture.output(script) { _, spec in
            spec.devices = [
                DeviceSpec(
                    hostPath: "/nosuch", containerPath: "/dev/mine", permissions: "r",
                    node: DeviceNodeSpec(kind: "c", major: 1, minor: 3, mode: 0o640, uid: 5, gid: 6)),
                DeviceSpec(hostPath: "/dev/null", containerPath: "/dev/null", node: DeviceNodeSpec(mode: 0o600)),
                DeviceSpec(hostPath: "/dev/zero", containerPath: "/dev/deep/likewise", node: DeviceNodeSpec(kind: "c")),
                DeviceSpec(
                    hostPath: "/nosuch", containerPath: "/dev/closed", permissions: "",
                    node: DeviceNodeSpec(kind: "c", major: 1, minor: 1)),
            ]
        }.lines
        #expect(
            lines == [
                "1:3 640 5:6", "1:3 600 0:0", "1:5 666 0:0", "0", "cat: can't open '/dev/closed': Operation not permitted",
            ])
    }

    @Test(arguments: [
        (
            DeviceSpec(hostPath: "/nosuch", containerPath: "/dev/x", node: DeviceNodeSpec()),
            "failed to stat CDI host device \"/nosuch\": no such"
        ),
        (DeviceSpec(hostPath: "/tmp", containerPath: "/dev/x", node: DeviceNodeSpec()), "\"/tmp\": not a device node"),
        (
            DeviceSpec(hostPath: "/dev/null", containerPath: "/dev/x", node: DeviceNodeSpec(kind: "b")),
            "CDI device (\"/dev/x\", \"/dev/null\"), host type mismatch (b, c)"
        ),
    ])
    func nodesThatThereAreNotAreNamed(device: DeviceSpec, words: String) async throws {
        let text = try await ContainerFixture.output("true") { $1.devices = [device] }
        #expect(text.hasPrefix("devices: CDI device injection failed: failed to inject devices: ") && text.contains(words), "\(text)")
    }

    @Test func bindsTakeAttributes() async throws {
        let script = "while read a b c d point options e; do [ $point = /data ] && echo $options; done < /proc/self/mountinfo"
        let text = try await ContainerFixture.output(script) { fixture, spec in
            spec.mounts = [
                MountSpec(
                    kind: .bind, source: fixture.lower, destination: "/data", readonly: true, options: ["nosuid", "nodev", "noexec"])
            ]
        }
        #expect(text.hasPrefix("ro,nosuid,nodev,noexec"), "\(text)")
        let refused = try await ContainerFixture.output("true") {
            $1.mounts = [MountSpec(kind: .bind, source: "/tmp", destination: "/data", options: ["odd"])]
        }
        #expect(refused.contains("invalid mount option: odd"))
    }
}
