// Binds, tmpfs and read-only roots.
import Foundation
import Glibc
import Testing
import TestSupport

extension Integration {
    @Suite struct Mounts {
        /// A directory of the host with one file in it, for one test.
        private func withHostDirectory(_ body: (String) async throws -> Void) async throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "berth-mount-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try Data("from host\n".utf8).write(to: URL(filePath: "\(directory)/file"))
            try await body(directory)
        }

        @Test func bindIsTheHostsDirectory() async throws {
            try await withHostDirectory { directory in
                let engine = try Integration.engine
                let seen = try await engine.dockerOutput(
                    "run", "--rm", "-v", "\(directory):/data", "busybox", "sh", "-c", "cat /data/file; echo from container > /data/new")
                #expect(seen == "from host")
                #expect(try String(contentsOfFile: "\(directory)/new", encoding: .utf8) == "from container\n")
            }
        }

        @Test func readonlyBindRefusesWrites() async throws {
            try await withHostDirectory { directory in
                let result = try await Integration.engine.docker(
                    ["run", "--rm", "-v", "\(directory):/data:ro", "busybox", "sh", "-c", "cat /data/file; touch /data/new"])
                #expect(result.code == 1)
                #expect(result.line == "from host")
                #expect(result.errorText.contains("Read-only file system"))
                #expect(!FileManager.default.fileExists(atPath: "\(directory)/new"))
            }
        }

        @Test func bindOfAFile() async throws {
            try await withHostDirectory { directory in
                let seen = try await Integration.engine.dockerOutput(
                    "run", "--rm", "-v", "\(directory)/file:/some/file", "busybox", "cat", "/some/file")
                #expect(seen == "from host")
            }
        }

        @Test func missingSourceIsMade() async throws {
            try await withHostDirectory { directory in
                try await Integration.engine.dockerOutput(
                    "run", "--rm", "-v", "\(directory)/made/here:/data", "busybox", "touch", "/data/x")
                #expect(FileManager.default.fileExists(atPath: "\(directory)/made/here/x"))
            }
        }

        /// `shared` has the container's mounts show on the host, `rslave` the host's in the container only.
        @Test(arguments: [("shared", true), ("rshared", true), ("rslave", false)])
        func aSharedBindGivesItsMountsToTheHost(_ propagation: String, _ shows: Bool) async throws {
            try await withHostDirectory { directory in
                try #require(Glibc.mount("tmpfs", directory, "tmpfs", 0, nil) == 0)
                defer { for path in ["\(directory)/below", directory] { umount2(path, Int32(MNT_DETACH)) } }
                try #require(Glibc.mount(nil, directory, nil, UInt(MS_SHARED), nil) == 0)
                try await Integration.engine.dockerOutput(
                    "run", "--rm", "--privileged", "--mount", "type=bind,src=\(directory),dst=/data,bind-propagation=\(propagation)",
                    "busybox", "sh", "-c", "mkdir /data/below && mount -t tmpfs t /data/below && touch /data/below/file")
                #expect(FileManager.default.fileExists(atPath: "\(directory)/below/file") == shows)
            }
        }

        static let table: [Expectation] = [
            Expectation(
                arguments: ["run", "--rm", "--mount", "type=bind,src=/no/such/path,dst=/x", "busybox", "true"], code: 125,
                errors: "bind source path does not exist: /no/such/path"),
            Expectation(arguments: ["run", "--rm", "--read-only", "busybox", "touch", "/x"], code: 1, errors: "Read-only file system"),
            Expectation(
                arguments: [
                    "run", "--rm", "--read-only", "--tmpfs", "/scratch", "busybox", "sh", "-c", "echo a > /scratch/b && cat /scratch/b",
                ],
                output: "a"),
            Expectation(
                arguments: [
                    "run", "--rm", "--tmpfs", "/scratch:size=64k,mode=0700", "busybox", "sh", "-c",
                    "stat -c %a /scratch; df -k /scratch | tail -1 | awk '{print $2}'",
                ], output: "700\n64"),
            Expectation(
                arguments: [
                    "run", "--rm", "--tmpfs", "/dev:dev", "busybox", "sh", "-c", "echo a > /dev/null && head -c 1 /dev/zero | wc -c",
                ],
                output: "1"),
            Expectation(
                arguments: ["run", "--rm", "--shm-size", "1m", "busybox", "sh", "-c", "df -k /dev/shm | tail -1 | awk '{print $2}'"],
                output: "1024"),
        ]

        @Test(arguments: table)
        func mount(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }
    }
}
