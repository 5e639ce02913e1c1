// docker cp, export and diff by the real client.
import Foundation
import Testing
import TestSupport

extension Integration {
    @Suite struct CopyTests {
        private func withDirectory(_ body: (String) async throws -> Void) async throws {
            let directory = "/tmp/berth-copy-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try await body(directory)
        }

        private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        @Test(arguments: [true, false])
        func filesGoInAndOut(isRunning: Bool) async throws {
            let engine = try Integration.engine
            try await withDirectory { directory in
                let name = isRunning ? "cp-running" : "cp-stopped"
                try await engine.dockerOutput("create", "--name", name, "-v", "/vol", "busybox", "sleep", "600")
                if isRunning { try await engine.dockerOutput("start", name) }
                try FileManager.default.createDirectory(atPath: "\(directory)/in/sub", withIntermediateDirectories: true)
                try "hello".write(toFile: "\(directory)/in/sub/file", atomically: true, encoding: .utf8)
                try await engine.dockerOutput("cp", "\(directory)/in", "\(name):/srv-dir")
                try await engine.dockerOutput("cp", "\(directory)/in/sub/file", "\(name):/vol/renamed")
                try await engine.dockerOutput("cp", "\(name):/srv-dir/.", "\(directory)/out")
                try await engine.dockerOutput("cp", "\(name):/vol/renamed", "\(directory)/one")
                #expect(try text("\(directory)/out/sub/file") == "hello" && text("\(directory)/one") == "hello")
                if isRunning {
                    #expect(try await engine.dockerOutput("exec", name, "cat", "/srv-dir/sub/file", "/vol/renamed") == "hellohello")
                }
                let diff = try await engine.dockerOutput("diff", name)
                #expect(diff.contains("A /srv-dir") && diff.contains("A /srv-dir/sub/file"))
                let missing = try await engine.docker(["cp", "\(name):/nope", directory])
                #expect(missing.code == 1 && missing.errorText.contains("Could not find the file /nope in container \(name)"))
                try await engine.dockerOutput("rm", "-fv", name)
            }
        }

        /// What the kernel tells by files isn't the container's, and has no end.
        @Test func aRunningContainerIsCopiedWhole() async throws {
            let engine = try Integration.engine
            let script = "echo kept > /scratch/file; exec sleep 600"
            try await engine.dockerOutput(
                "run", "-d", "--name", "cp-whole", "--tmpfs", "/scratch", "-v", "/vol", "busybox", "sh", "-c", script)
            try await engine.dockerOutput("exec", "cp-whole", "touch", "/vol/of-volume")
            let archive = try await engine.docker(["cp", "cp-whole:/", "-"])
            #expect(archive.code == 0, "\(archive.errorText)")
            try await withDirectory { directory in
                try Data(archive.output).write(to: URL(filePath: "\(directory)/tar"))
                let listed = try await Command("/bin/tar", ["-tf", "\(directory)/tar"]).run().text
                let names = listed.split(separator: "\n").map { $0.drop { $0 == "/" } }
                for name in ["bin/busybox", "scratch/file", "vol/of-volume", "proc/", "sys/", "dev/"] {
                    #expect(names.contains(name[...]), "\(name)")
                }
                #expect(!names.contains { $0.hasPrefix("proc/") && $0 != "proc/" || $0.hasPrefix("dev/null") || $0 == "sys/kernel/" })
            }
            try await engine.dockerOutput("rm", "-fv", "cp-whole")
        }

        @Test func archivesTravelByPipe() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("create", "--name", "piped", "busybox", "true")
            let archive = try await engine.docker(["cp", "piped:/etc/passwd", "-"])
            #expect(archive.code == 0 && archive.output.count >= 1024)
            let back = try await engine.docker(["cp", "-", "piped:/tmp"], stdin: archive.output)
            #expect(back.code == 0, "\(back)")
            let listed = try await engine.docker(["export", "piped"])
            #expect(listed.code == 0 && listed.text.contains("tmp/passwd"))
            try await engine.dockerOutput("rm", "piped")
        }

        @Test func whatIsReadOnlyIsRefused() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "-d", "--name", "cp-ro", "--read-only", "-v", "/tmp:/ro:ro", "busybox", "sleep", "600")
            try await withDirectory { directory in
                try "x".write(toFile: "\(directory)/x", atomically: true, encoding: .utf8)
                for (path, words) in [("/etc", "container rootfs is marked read-only"), ("/ro", "mounted volume is marked read-only")] {
                    let result = try await engine.docker(["cp", "\(directory)/x", "cp-ro:\(path)"])
                    #expect(result.code == 1 && result.errorText.contains(words), "\(result)")
                }
            }
            try await engine.dockerOutput("rm", "-f", "cp-ro")
        }
    }
}
