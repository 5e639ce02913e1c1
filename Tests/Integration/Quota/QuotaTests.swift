// Limits on what containers and volumes may hold: kept where the file system keeps project quota, refused where it doesn't.
import Contracts
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct QuotaTests {
    /// Runs an engine on a disk of its own; the test is told whether the host can have such a disk.
    private func withEngine(_ kind: QuotaDisk.Kind, _ test: (EngineUnderTest, Bool) async throws -> Void) async throws {
        let engine = EngineUnderTest()
        let disk = try await QuotaDisk.mounted(kind, at: engine.layout.root)
        do {
            try await engine.start()
            try await engine.importBusybox()
            try await test(engine, disk != nil)
            try await engine.control(["down", "--all"])
            try await disk?.remove()
            try await engine.takeDown()
        } catch {
            _ = try? await engine.control(["down", "--all"])
            try? await disk?.remove()
            try? await engine.takeDown()
            throw error
        }
    }

    /// Megabytes that a container can write into a file.
    private func room(_ engine: EngineUnderTest, _ flags: [String], _ path: String = "/file") async throws -> Int {
        let script = "dd if=/dev/zero of=\(path) bs=64k count=3200 2>/dev/null; stat -c %s \(path)"
        let result = try await engine.docker(["run", "--rm", "--network", "none"] + flags + ["busybox", "sh", "-c", script])
        return (Int(result.text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) >> 20
    }

    @Test(arguments: QuotaDisk.Kind.allCases)
    func aContainerHoldsNoMoreThanItsSize(kind: QuotaDisk.Kind) async throws {
        try await withEngine(kind) { engine, hasQuota in
            guard hasQuota else { return try await expectRefusals(engine) }
            #expect(try await (18...20).contains(room(engine, ["--storage-opt", "size=20m"])))
            #expect(try await room(engine, []) == 200)
            try await engine.dockerOutput("volume", "create", "-o", "size=30m", "small")
            #expect(try await (28...30).contains(room(engine, ["-v", "small:/data", "--storage-opt", "size=5m"], "/data/file")))
            try await expectLimitAfterRestart(engine)
            try await engine.dockerOutput("volume", "rm", "small")
        }
    }

    private func expectLimitAfterRestart(_ engine: EngineUnderTest) async throws {
        try await engine.dockerOutput("create", "--name", "kept", "--storage-opt", "size=10m", "busybox", "sleep", "1000")
        try await engine.kill([.images])
        try await engine.waitUntilHealthy()
        try await engine.dockerOutput("start", "kept")
        let result = try await engine.docker(["exec", "kept", "dd", "if=/dev/zero", "of=/file", "bs=64k", "count=3200"])
        #expect(result.code != 0 && (result.errorText.contains("quota") || result.errorText.contains("No space")), "\(result)")
        #expect(try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.StorageOpt.size}}", "kept") == "10m")
        try await engine.dockerOutput("rm", "-f", "kept")
    }

    private func expectRefusals(_ engine: EngineUnderTest) async throws {
        for command in [["create", "--storage-opt", "size=1g", "busybox", "true"], ["volume", "create", "-o", "size=1g", "small"]] {
            let result = try await engine.docker(command)
            #expect(result.code != 0 && result.errorText.contains("prjquota"), "\(result)")
        }
        #expect(try await engine.dockerOutput("ps", "-aq") == "")
        #expect(try await engine.dockerOutput("volume", "ls", "-q") == "")
    }
}
