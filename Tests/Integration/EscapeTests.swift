// Ways out of a container that others had once: each is refused, and the host is as it was.
import Foundation
import Glibc
import TestSupport
import Testing

extension Integration {
    @Suite struct Escapes {
        private static func shell(_ flags: [String], _ script: String) -> [String] {
            ["run", "--rm"] + flags + ["busybox", "sh", "-c", script]
        }

        /// Each prints `refused` and nothing else.
        private static func refused(_ command: String) -> String { "(\(command)) > /dev/null 2>&1 && echo done || echo refused" }

        static let attempts: [(flags: [String], command: String)] = [
            ([], "echo x > /proc/sys/kernel/core_pattern"), ([], "echo x > /proc/sys/kernel/modprobe"),
            ([], "echo h > /proc/sysrq-trigger"), ([], "echo 1 > /proc/irq/default_smp_affinity"),
            ([], "echo 0 > /sys/kernel/mm/transparent_hugepage/enabled"), ([], "echo /x > /sys/kernel/uevent_helper"),
            ([], "mount -o remount,rw /proc/sys"), ([], "mount -o remount,rw /sys"), ([], "umount /proc/sys"),
            ([], "mount --bind / /mnt"), ([], "mkdir /sys/fs/cgroup/memory/x || mkdir /sys/fs/cgroup/x"),
            ([], "echo 1 > /sys/fs/cgroup/memory/release_agent"), ([], "echo a > /sys/fs/cgroup/devices/devices.allow"),
            ([], "mknod /disk b $(cat /sys/block/*/dev | head -n 1 | tr : ' ') && cat /disk"),
            ([], "mknod /mem c 1 1 && head -c 1 /mem"), ([], "mknod /kmsg c 1 11 && head -c 1 /kmsg"),
            ([], "unshare -U true"), ([], "unshare -m true"), ([], "unshare -Ur true"), (["--user", "1000"], "unshare -Ur true"),
            ([], "nsenter -t 1 -m true"), ([], "nsenter -t $$ -n true"), (["--pid", "host"], "nsenter -t 1 -m true"),
            (["--pid", "host"], "ls /proc/1/root/"), (["--pid", "host"], "ls -l /proc/1/cwd/"),
            ([], "chroot /proc/1/root/../../.. ls /tmp/escape-mark"), ([], "insmod /x.ko 2>&1 | grep -q denied && false"),
            ([], "hostname other"), ([], "date -s 2001-01-01; test $(date +%Y) = 2001"), ([], "reboot -f"), ([], "swapon /etc/passwd"),
            ([], "ip link set lo down"), (["--network", "host"], "ip link set lo down"), ([], "dmesg -c"),
            (["--security-opt", "seccomp=unconfined"], "unshare -m true"),
            (["--security-opt", "seccomp=unconfined"], "mount -t tmpfs x /mnt"),
            (["--security-opt", "no-new-privileges", "--user", "1000"], "busybox su -c true"),
        ]

        @Test(arguments: attempts.indices)
        func attempt(_ index: Int) async throws {
            let (flags, command) = Self.attempts[index]
            let result = try await Integration.engine.docker(Self.shell(flags, Self.refused(command)), timeout: .seconds(60))
            #expect(result.line == "refused", "\(flags) \(command): \(result)")
        }

        @Test(arguments: ["kernel.core_pattern=x", "kernel.panic=1", "vm.overcommit_memory=1", "fs.file-max=9", "kernel.shmmax/../panic=1"])
        func hostParameter(_ sysctl: String) async throws {
            let result = try await Integration.engine.docker(["run", "--rm", "--sysctl", sysctl, "busybox", "true"])
            #expect(result.code == 125, "\(result)")
        }

        /// CVE-2019-5736: whoever executes in the container must not leave its own executable open to it.
        @Test func theShimsExecutableCanNotBeReached() async throws {
            let engine = try Integration.engine
            let program = "\(engine.binaries)/berth-shim"
            let before = try FileManager.default.attributesOfItem(atPath: program)
            let script = """
                ln -s /proc/self/exe /entry
                for path in /proc/[0-9]*/exe; do
                    target=$(readlink $path); case $target in *berth-shim*|*memfd*) echo "seen $path $target";; esac
                    ( : >> $path ) 2>/dev/null && echo "opened $path"
                done; sleep 30
                """
            for flags in [[], ["--init"], ["--privileged"]] {
                try await engine.dockerOutputs(["run", "-d", "--name", "grasp"] + flags + ["busybox", "sh", "-c", script])
                // The exec of a link to itself is what overwrote runc.
                let result = try await engine.docker(["exec", "grasp", "/proc/self/exe", "true"])
                #expect(!result.text.contains("berth"), "\(result)")
                let log = try await engine.dockerOutput("logs", "grasp")
                // Of the init nothing but the name may be read; nothing of it may be written.
                #expect(!log.contains("seen") && !log.contains("opened"), "\(flags): \(log)")
                try await engine.dockerOutput("rm", "-f", "grasp")
            }
            let after = try FileManager.default.attributesOfItem(atPath: program)
            #expect(before[.size] as? Int == after[.size] as? Int)
            #expect(before[.modificationDate] as? Date == after[.modificationDate] as? Date)
        }

        /// What is executed as `/proc/self/exe` is the shim's program, and nobody can change it from there.
        @Test func theShimsProgramCanNotBeChanged() async throws {
            let engine = try Integration.engine
            let program = "\(engine.binaries)/berth-shim"
            let before = try FileManager.default.attributesOfItem(atPath: program)
            try await engine.dockerOutput("run", "-d", "--name", "rewrite", "busybox", "sleep", "1000")
            try await engine.dockerOutput("exec", "-d", "rewrite", "/proc/self/exe", "--listen", "/tmp/s", "--run", "/tmp")
            let script = """
                for process in /proc/[0-9]*; do
                    tr '\\0' ' ' < $process/cmdline | grep -q '^/proc/self/exe' || continue
                    echo found; chmod 777 $process/exe && echo changed; ( : >> $process/exe ) && echo opened
                    touch -d 2001-01-01 $process/exe && echo touched
                done 2>&1
                """
            let words = try await eventually("the shim's program in the container") {
                let result = try await engine.docker(["exec", "rewrite", "sh", "-c", script])
                return result.text.contains("found") ? result.text : nil
            }
            #expect(!["changed", "opened", "touched"].contains { words.contains($0) }, "\(words)")
            #expect(words.contains("Read-only file system"), "\(words)")
            let after = try FileManager.default.attributesOfItem(atPath: program)
            #expect(before[.posixPermissions] as? Int == after[.posixPermissions] as? Int)
            #expect(before[.modificationDate] as? Date == after[.modificationDate] as? Date)
            try await engine.dockerOutput("rm", "-f", "rewrite")
        }

        /// Nothing but stdio, in the first process, in an exec and behind the init.
        @Test func noDescriptorLeaks() async throws {
            let engine = try Integration.engine
            let list = "for f in /proc/self/fd/*; do [ ${f##*/} -gt 2 ] && [ -e $f ] && readlink $f; done; true"
            for flags in [[], ["--init"], ["-i"]] {
                try await Expectation(arguments: Self.shell(flags, list), output: "").check(engine)
            }
            try await engine.dockerOutput("run", "-d", "--init", "--name", "tight", "busybox", "sleep", "1000")
            try await Expectation(arguments: ["exec", "tight", "sh", "-c", list], output: "").check(engine)
            try await Expectation(arguments: ["exec", "tight", "sh", "-c", "ls /proc/1/fd | wc -l"], output: "0").check(engine)
            try await engine.dockerOutput("rm", "-f", "tight")
        }

        /// CVE-2024-21626: no descriptor of the shim's leads out as a directory or a command, whatever number it has.
        @Test func noDescriptorIsAWayOut() async throws {
            let engine = try Integration.engine
            let image = "escape-by-descriptor"
            try await engine.dockerOutput("run", "-d", "--name", "ways", "busybox", "sleep", "1000")
            let commands = (3...40).flatMap { number in
                let way = "/proc/self/fd/\(number)"
                return [
                    ["run", "--rm", "-w", way, "busybox", "true"], ["exec", "-w", way, "ways", "true"],
                    ["exec", "ways", "\(way)/../../../../../../bin/busybox", "true"],
                ]
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for commands in Dictionary(grouping: commands.enumerated(), by: { $0.offset % 4 }).values {
                    group.addTask {
                        for (_, command) in commands {
                            let result = try await engine.docker(command, timeout: .seconds(60))
                            #expect(result.code != 0, "\(command): \(result)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Every shim has its directory by this one; an image may ask for it as well.
            try await engine.dockerOutput("commit", "-c", "WORKDIR /proc/self/fd/7", "ways", image)
            for flags in [[], ["--init"], ["-t"], ["--privileged"]] {
                #expect(try await engine.docker(["run", "--rm"] + flags + [image, "true"]).code != 0, "\(flags)")
            }
            try await engine.dockerOutput("rm", "-f", "ways")
            try await engine.dockerOutput("rmi", image)
        }

        /// Links of a container never lead a copy or a mount out of it.
        @Test func linksLeadNowhere() async throws {
            let engine = try Integration.engine
            let mark = "/tmp/escape-\(getpid())"
            try "host".write(toFile: mark, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: mark) }
            let script = "ln -s / /up; ln -s ../../../../../.. /far; ln -s \(mark) /file; mkdir /v; ln -s /tmp /v/link; sleep 1000"
            try await engine.dockerOutput("run", "-d", "--name", "links", "-v", "links-volume:/v", "busybox", "sh", "-c", script)
            try await eventually("the links") {
                try await engine.docker(["exec", "links", "test", "-L", "/v/link"]).code == 0 ? true : nil
            }
            for path in ["/up\(mark)", "/far\(mark)", "/file/x"] {
                #expect(try await engine.docker(["cp", "links:\(path)", "-"]).code != 0, "\(path)")
            }
            _ = try await engine.docker(["cp", "/etc/hostname", "links:/file"])
            #expect(try String(contentsOfFile: mark, encoding: .utf8) == "host")
            // Below a volume, and over a link of the image.
            let mount = "type=volume,source=links-volume,destination=/m,volume-subpath=link"
            let result = try await engine.docker(["run", "--rm", "--mount", mount, "busybox", "ls", "/m"])
            #expect(result.code != 0 || !result.text.contains("escape-"), "\(result)")
            try await engine.dockerOutput("rm", "-f", "links")
            try await engine.dockerOutput("volume", "rm", "links-volume")
        }

        /// Somebody swaps a directory for a link to the host all the while that files are copied.
        @Test func aRaceWithLinksIsLost() async throws {
            let engine = try Integration.engine
            let directory = "/tmp/escape-race-\(getpid())"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let script = "mkdir /real; while :; do mv /real /aside; ln -s \(directory) /real; rm /real; mv /aside /real; done"
            try await engine.dockerOutput("run", "-d", "--name", "racing", "busybox", "sh", "-c", script)
            for _ in 0..<20 {
                _ = try await engine.docker(["cp", "/etc/hostname", "racing:/real/stolen"])
                _ = try await engine.docker(["cp", "racing:/real/stolen", "-"])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
            try await engine.dockerOutput("rm", "-f", "racing")
        }
    }
}

extension EngineUnderTest {
    /// Runs `docker`, which must succeed.
    @discardableResult
    func dockerOutputs(_ arguments: [String]) async throws -> String {
        let result = try await docker(arguments)
        guard result.code == 0 else { throw CommandFailure(what: "docker \(arguments.joined(separator: " "))", result: result) }
        return result.line
    }
}
