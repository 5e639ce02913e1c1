// Ways out of a user namespace, tried by a root that has every capability in it.
import Foundation
import Glibc
import TestSupport
import Testing

extension Integration {
    @Suite struct UserNamespaceEscapes {
        private static let all = ["--privileged"]
        private static let loose = ["--cap-add", "ALL", "--security-opt", "seccomp=unconfined"]

        static let attempts: [(flags: [String], command: String)] = [
            (all, "echo x > /proc/sys/kernel/core_pattern"), (all, "echo x > /proc/sys/kernel/modprobe"),
            (all, "echo h > /proc/sysrq-trigger"),
            (all, "echo 1 > /proc/sys/vm/drop_caches"), (all, "echo 0 > /sys/kernel/mm/transparent_hugepage/enabled"),
            (all, "echo /x > /sys/kernel/uevent_helper"),
            (all, "for d in /dev/vd? /dev/sd? /dev/nvme*n1 /dev/loop0; do head -c 1 $d && exit; done; false"),
            (all, "head -c 1 /dev/mem"), (all, "mknod /disk b 7 0"), (all, "mknod /dev/shm/mem c 1 1"),
            (all, "mount -t ext4 /dev/vda /mnt"),
            (all, "mount -t cgroup -o memory x /mnt"), (all, "echo /x > /sys/fs/cgroup/memory/release_agent"),
            (all, "swapon /etc/passwd"), (all, "date -s 2001-01-01; test $(date +%Y) = 2001"),
            (all, "ulimit -Hn 10000000"), (all, "echo -900 > /proc/self/oom_score_adj"), (all, "dmesg -c | grep -q ."),
            (loose, "nsenter -t 1 -n -- ip link set lo down; nsenter --user=/proc/1/ns/user true"), (loose, "mount -o remount,rw /sys"),
            (loose, "unshare -Ur sh -c 'mount -o remount,rw /sys && touch /sys/x'"),
            (loose, "unshare -Ur sh -c 'umount -l /proc/keys && cat /proc/keys | grep -q .'"),
            ([], "unshare -U true"),
            ([], "chown 65536 /tmp"),
        ]

        @Test(arguments: attempts.indices)
        func attempt(_ index: Int) async throws {
            let (flags, command) = Self.attempts[index]
            let script = "(\(command)) > /dev/null 2>&1 && echo done || echo refused"
            let result = try await Integration.engine.docker(UserNamespaces.shell(flags, script), timeout: .seconds(60))
            #expect(result.line == "refused", "\(flags) \(command): \(result)")
        }

        /// A program with the set-user-ID bit that root leaves on the host is not the host's root's.
        @Test func whatIsLeftOnTheHostIsNobodysThere() async throws {
            let directory = "/tmp/berth-left-\(getpid())"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            chmod(directory, 0o777)
            try await Integration.engine.dockerOutputs(
                UserNamespaces.shell(Self.all + ["-v", "\(directory):/b"], "cp /bin/busybox /b/own; chmod 4755 /b/own"))
            var status = stat()
            #expect(lstat("\(directory)/own", &status) == 0 && status.st_uid >= 1_879_048_192 && status.st_mode & S_ISUID != 0)
        }

        /// Neither a namespace's nor a socket's; in the first process, in an exec, and behind the init.
        @Test func noDescriptorLeaks() async throws {
            let engine = try Integration.engine
            let list = "for f in /proc/self/fd/*; do [ ${f##*/} -gt 2 ] && [ -e $f ] && readlink $f; done; true"
            for flags in [[], ["--init"], ["-i"], Self.all] {
                try await Expectation(arguments: UserNamespaces.shell(flags, list), output: "").check(engine)
            }
            try await engine.dockerOutputs(
                ["run", "-d", "--name", "tight-own", "--restart", "always"] + UserNamespaces.own + ["busybox", "sleep", "1000"])
            try await Expectation(arguments: ["exec", "tight-own", "sh", "-c", list], output: "").check(engine)
            let before = try await shimDescriptors("tight-own")
            for _ in 0..<5 { try await engine.dockerOutput("exec", "tight-own", "true") }
            _ = try await Command("/bin/kill", ["-9", engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "tight-own")]).run()
            try await eventually("a restart") {
                try await engine.dockerOutput("inspect", "-f", "{{.RestartCount}} {{.State.Status}}", "tight-own") == "1 running"
                    ? true : nil
            }
            // The first exec of a run has the shim keep what all of its execs need.
            try await engine.dockerOutput("exec", "tight-own", "true")
            #expect(try await shimDescriptors("tight-own") == before)
            try await engine.dockerOutput("rm", "-f", "tight-own")
        }

        /// The fewest in several looks: what an exec needed is closed a moment after its client knows its end.
        private func shimDescriptors(_ name: String) async throws -> Int {
            var fewest = Int.max
            for _ in 0..<10 { fewest = min(fewest, try await shimDescriptorsNow(name)) }
            return fewest
        }

        /// The shim is the parent of the container's first process.
        private func shimDescriptorsNow(_ name: String) async throws -> Int {
            let pid = try await Integration.engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", name)
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let parent = try #require(status.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last)
            return try FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/fd").count
        }
    }
}
