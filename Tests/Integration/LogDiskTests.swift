// A log on a disk that hangs: the container, and everything that is asked about it and others, goes on.
import Contracts
import Foundation
import Glibc
import Testing
import TestSupport

extension Integration {
    @Suite(.enabled(if: access("/dev/loop-control", R_OK) == 0, "the host has no loop devices"))
    struct LogDisks {
        /// A container whose directory is on a file system of its own, which can be made to hang.
        private func withContainer(
            _ name: String, _ options: [String], _ command: [String], _ test: (FreezableDisk, String) async throws -> Void
        ) async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutputs(["create", "--name", name] + options + ["busybox"] + command)
            let disk = try await FreezableDisk(at: engine.layout.containerDirectory(id), megabytes: 64)
            do {
                try await engine.dockerOutput("start", name)
                try await test(disk, id)
            } catch {
                try await disk.thaw()
                _ = try await engine.docker(["rm", "-f", name])
                try await disk.remove()
                throw error
            }
            try await disk.thaw()
            _ = try await engine.docker(["rm", "-f", name])
            try await disk.remove()
        }

        /// How far it has come, by a file that is on another disk.
        private func pace(_ name: String) async throws -> Int {
            Int(try await Integration.engine.dockerOutput("exec", name, "cat", "/dev/shm/n")) ?? 0
        }

        private static let chatter = [
            "sh", "-c", "n=0; while :; do n=$((n+1)); echo line $n; echo $n > /dev/shm/n; done",
        ]

        @Test func aContainerThatDoesNotWaitKeepsItsPaceOnADiskThatHangs() async throws {
            let engine = try Integration.engine
            let options = ["--log-opt", "mode=non-blocking", "--log-opt", "max-buffer-size=64k"]
            try await withContainer("pacing", options, Self.chatter) { disk, id in
                try await eventually("its first lines") { try await pace("pacing") > 100 ? true : nil }
                let since = Int(Date().timeIntervalSince1970)
                try await disk.freeze()
                let before = try await pace("pacing")
                try await eventually("its pace") { try await pace("pacing") > before + 20_000 ? true : nil }
                try await eventually("the word that lines are lost") {
                    let events = try await engine.dockerOutput(
                        "events", "--since", "\(since)", "--until", "\(Int(Date().timeIntervalSince1970) + 1)", "-f", "container=pacing")
                    return events.contains("log-drop") ? true : nil
                }
                try await disk.thaw()
                let resumed = try await pace("pacing")
                try await eventually("lines that are logged again") {
                    let last = try await engine.dockerOutput("logs", "--tail", "1", "pacing").split(separator: " ").last
                    return Int(last ?? "") ?? 0 > resumed ? true : nil
                }
                let report = try await engine.control(["shim", "inspect", id]).text
                #expect(!report.contains("\"droppedLogLines\" : 0,") && report.contains("droppedLogLines"), "\(report)")
            }
        }

        @Test func aContainerThatWaitsForADiskThatHangsIsStoppedAndInspected() async throws {
            let engine = try Integration.engine
            try await withContainer("waiting-disk", [], Self.chatter) { disk, id in
                try await eventually("its first lines") { try await pace("waiting-disk") > 100 ? true : nil }
                try await disk.freeze()
                // Long enough for the pipes to be full.
                let line = try await pace("waiting-disk")
                try await eventually("that it waits") { try await pace("waiting-disk") > line + 100 ? true : nil }
                #expect(try await engine.dockerOutput("exec", "waiting-disk", "echo", "hello") == "hello")
                #expect(try await engine.control(["shim", "inspect", id]).text.contains("running"))
                #expect(try await engine.docker(["stats", "--no-stream", "waiting-disk"]).code == 0)
                let stop = try await engine.docker(["stop", "-t", "0", "waiting-disk"], timeout: .seconds(60))
                #expect(stop.code == 0, "\(stop)")
                let state = try await engine.dockerOutput("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "waiting-disk")
                #expect(state == "exited 137")
            }
        }
    }
}

/// A small ext4 in a file, mounted over a directory.
private final class FreezableDisk {
    private let path: String
    private let image: String
    private var isFrozen = false

    init(at path: String, megabytes: Int) async throws {
        self.path = path
        image = "\(path).img"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try await Self.run("/usr/bin/truncate", "-s", "\(megabytes)M", image)
        try await Self.run("/usr/sbin/mkfs.ext4", "-q", image)
        try await Self.run("/usr/bin/mount", "-o", "loop", image, path)
    }

    func freeze() async throws {
        try await Self.run("/usr/sbin/fsfreeze", "-f", path)
        isFrozen = true
    }

    func thaw() async throws {
        guard isFrozen else { return }
        try await Self.run("/usr/sbin/fsfreeze", "-u", path)
        isFrozen = false
    }

    /// Whoever still holds a file there is about to let go of it.
    func remove() async throws {
        try await eventually("a disk that nobody uses") { [path] in
            let result = try await Command("/usr/bin/umount", [path]).run()
            return result.code == 0 || result.errorText.contains("not mounted") ? true : nil
        }
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: image)
    }

    private static func run(_ program: String, _ arguments: String...) async throws {
        let result = try await Command(program, arguments).run()
        try #require(result.code == 0, "\(program) \(arguments): \(result)")
    }
}
