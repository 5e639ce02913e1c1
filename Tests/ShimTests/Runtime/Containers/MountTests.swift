// A container's mounts, looked at from inside.
import Contracts
import Foundation
import Glibc
import ShimProbeProtocol
@testable import ShimServer
import Testing

@Suite struct MountTests {
    /// `mount point: type, options` of each mount.
    private static let list = "while read a b c d point options e; do echo $point $options ${e##*- }; done < /proc/self/mountinfo"

    @Test func areDockers() async throws {
        let lines = try await ContainerFixture.output(Self.list).lines
        for expected in [
            "/proc rw,nosuid,nodev,noexec,relatime proc proc rw", "/dev rw,nosuid tmpfs tmpfs rw,size=65536k,mode=755",
            "/dev/pts rw,nosuid,noexec,relatime devpts devpts rw,gid=5,mode=620,ptmxmode=666",
            "/sys ro,nosuid,nodev,noexec,relatime sysfs sysfs ro", "/dev/mqueue rw,nosuid,nodev,noexec,relatime mqueue mqueue rw",
            "/dev/shm rw,nosuid,nodev,noexec,relatime tmpfs shm rw,size=65536k",
        ] { #expect(lines.contains(expected), "\(expected)") }
        #expect(lines.contains { $0.hasPrefix("/ rw,relatime overlay") })
        #expect(lines.contains { $0.hasPrefix("/sys/fs/cgroup") && $0.contains(" ro,") })
    }

    @Test func showNothingOfTheHost() async throws {
        let lines = try await ContainerFixture.output("while read a b c root point d; do echo $point; done < /proc/self/mountinfo").lines
        let known = ["/", "/proc", "/dev", "/sys"]
        #expect(lines.allSatisfy { line in known.contains { line == $0 || line.hasPrefix($0 + "/") } })
        #expect(lines.filter { $0 == "/" }.count == 1)
    }

    @Test func devIsComplete() async throws {
        let script = """
            cd /dev; ls; stat -c '%t:%T %a' null zero full random urandom tty; readlink fd; readlink ptmx
            echo x > /dev/full || echo is full
            """
        let lines = try await ContainerFixture.output(script).lines
        // No link leads to what the kernel lacks.
        let core = access("/proc/kcore", F_OK) == 0 ? "core " : ""
        let names = "\(core)fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
            .split(separator: " ").map(String.init)
        let nodes = ["1:3 666", "1:5 666", "1:7 666", "1:8 666", "1:9 666", "5:0 666"]
        #expect(Array(lines.prefix(names.count + nodes.count + 3)) == names + nodes + ["/proc/self/fd", "pts/ptmx", "is full"])
    }

    @Test func hideAndProtectPaths() async throws {
        let script = """
            wc -c < /proc/keys; ls /sys/firmware | wc -l; touch /sys/firmware/x; echo x > /proc/sys/kernel/domainname; \
            cat /proc/sys/net/ipv4/ip_unprivileged_port_start; touch /sys/x
            """
        let lines = try await ContainerFixture.output(script).lines
        #expect(lines[..<3] == ["0", "0", "0"])
        #expect(lines.count { $0.hasSuffix("Read-only file system") } == 3)
    }

    @Test func rootCanBeReadonly() async throws {
        let script = "touch /x; touch /tmp/x; for place in /dev/shm /dev /run; do touch $place/x && echo $place; done"
        let lines = try await ContainerFixture.output(script) { _, spec in
            spec.rootfs.readonly = true
            spec.mounts = [MountSpec(kind: .tmpfs, destination: "/run")]
        }.lines
        #expect(lines[..<3] == ["/dev/shm", "/dev", "/run"])
        #expect(lines.count { $0.hasSuffix("Read-only file system") } == 2)
    }

    @Test func rootKeepsChangesInItsUpperLayer() async throws {
        let fixture = try ContainerFixture()
        defer { fixture.remove() }
        let process = ContainerFixture.shell("echo new > /etc/made; rm /etc/group")
        let report = try await ContainerFixture.ask(.run(fixture.spec(process), steps: [.awaitExit]))
        #expect(report.container.exitCode == 0)
        #expect(try String(contentsOfFile: "\(fixture.directory)/upper/etc/made", encoding: .utf8) == "new\n")
        #expect(FileManager.default.fileExists(atPath: "\(fixture.lower)/etc/group"))
    }

    @Test func manyLayersStack() async throws {
        let text = try await ContainerFixture.output("cat /which; ls / | grep -c layer") { fixture, spec in
            let layers = (0..<60).map { "\(fixture.directory)/a-layer-with-a-rather-long-name-\($0)" }
            for (index, layer) in layers.enumerated() {
                try FileManager.default.createDirectory(atPath: "\(layer)/layer\(index)", withIntermediateDirectories: true)
                try "\(index)\n".write(toFile: "\(layer)/which", atomically: false, encoding: .utf8)
            }
            spec.rootfs.lower = layers + spec.rootfs.lower
        }
        #expect(text.lines == ["0", "60"])
    }

    @Test func bindsFilesAndDirectories() async throws {
        let script = "cat /etc/hosts /data/file; echo more >> /data/file; echo more >> /fixed/file; cat /data/file; ls -d /made"
        let text = try await ContainerFixture.output(script) { fixture, spec in
            try FileManager.default.createDirectory(atPath: "\(fixture.directory)/data", withIntermediateDirectories: true)
            try fixture.write("hosts\n", to: "hosts")
            try fixture.write("data\n", to: "data/file")
            spec.mounts = [
                MountSpec(kind: .bind, source: "\(fixture.directory)/hosts", destination: "/etc/hosts"),
                MountSpec(kind: .bind, source: "\(fixture.directory)/data", destination: "/data"),
                MountSpec(kind: .bind, source: "\(fixture.directory)/data", destination: "/fixed", readonly: true),
                MountSpec(kind: .bind, source: "\(fixture.directory)/made/here", destination: "/made", createsSource: true),
            ]
        }
        #expect(text.lines[..<5] == ["hosts", "data", "data", "more", "/made"])
        #expect(text.hasSuffix("can't create /fixed/file: Read-only file system\n"))
    }

    @Test func readonlyReachesMountsBelow() async throws {
        let text = try await ContainerFixture.output("touch /sysfs/fs/cgroup/x 2>&1; touch /sysfs/x 2>&1") { _, spec in
            spec.mounts = [MountSpec(kind: .bind, source: "/sys", destination: "/sysfs", readonly: true)]
        }
        #expect(text.lines.count { $0.hasSuffix("Read-only file system") } == 2)
    }

    @Test func linksInTheImageStayInside() async throws {
        let outside = "/tmp/berth-shim-runtime-outside-\(UInt32.random(in: 0 ... .max))"
        let text = try await ContainerFixture.output("cat /escape/file /tmp/there/file; ls -d \(outside)") { fixture, spec in
            try FileManager.default.createDirectory(atPath: "\(fixture.directory)/data", withIntermediateDirectories: true)
            try fixture.write("data\n", to: "data/file")
            symlink("../../../../../..\(outside)", "\(fixture.lower)/escape")
            symlink(outside, "\(fixture.lower)/tmp/there")
            spec.mounts = [MountSpec(kind: .bind, source: "\(fixture.directory)/data", destination: "/escape")]
        }
        #expect(text.lines == ["data", "data", outside])
        #expect(!FileManager.default.fileExists(atPath: outside))
    }

    @Test func memoryFileSystemsTakeOptions() async throws {
        let script = "\(Self.list) | grep -E '^/(t|tmp) '; stat -c %a /t /tmp /deep/new"
        let lines = try await ContainerFixture.output(script) { _, spec in
            spec.mounts = [
                MountSpec(kind: .tmpfs, destination: "/t", options: ["size=1m,mode=700", "exec"]),
                MountSpec(kind: .tmpfs, destination: "/tmp"), MountSpec(kind: .tmpfs, destination: "/deep/new"),
            ]
        }.lines
        #expect(
            lines == [
                "/t rw,nosuid,nodev,relatime tmpfs tmpfs rw,size=1024k,mode=700", "/tmp rw,nosuid,nodev,noexec,relatime tmpfs tmpfs rw",
                "700", "1777", "1777",
            ])
    }

    @Test func devicesAreMadeAndAllowed() async throws {
        let script = "stat -c '%t:%T' /dev/mine /dev/other; cat /dev/mine | wc -c; mknod /tmp/mem c 1 1 && cat /tmp/mem"
        let lines = try await ContainerFixture.output(script) { _, spec in
            spec.devices = [
                DeviceSpec(hostPath: "/dev/null", containerPath: "/dev/mine"),
                DeviceSpec(hostPath: "/dev/zero", containerPath: "/dev/other"),
            ]
        }.lines
        #expect(lines == ["1:3", "1:5", "0", "cat: can't open '/tmp/mem': Operation not permitted"])
    }
}
