// Containers with the same flags under this engine and Debian's dockerd: what each sees of itself is the same, line by line, or the
// difference is explained in flag-differences.txt. `BERTH_TEST_FLAGS` chooses among the lines by a regular expression.
import Contracts
import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(90)))
struct FlagDifferentialTests {
    @Test(.enabled(if: DockerdPrograms.installed != nil, "Debian's dockerd isn't installed"))
    func whatAContainerSeesIsTheSame() async throws {
        let chosen = try Regex(ProcessInfo.processInfo.environment["BERTH_TEST_FLAGS"] ?? "")
        let lines = try ConformanceFile.lines("Flags/flags.txt").filter { $0.contains(chosen) }.map(FlagLine.init)
        let explanations = try ConformanceFile.lines("Flags/flag-differences.txt").map(Explanation.init)
        let bench = try FlagBench()
        defer { bench.remove() }
        // Without systemd's scopes, whose settings come on top.
        let dockerd = try await DockerdUnderTest.start(
            programs: try await DockerdPrograms.find(),
            flags: ["--storage-driver", "overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs"])
        do {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await bench.importBusybox(into: dockerd.socket)
                var counts = [0, 0]
                for line in lines {
                    async let own = bench.report(line, socket: engine.layout.gatewaySocket)
                    async let other = bench.report(line, socket: dockerd.socket)
                    let differences = try await own.differences(from: other)
                    let unexplained = differences.filter { words in !explanations.contains { $0.covers(line.text, words) } }
                    counts[differences.isEmpty ? 0 : 1] += 1
                    #expect(unexplained == [], "\(line.text)")
                }
                print("\(lines.count) sets of flags: \(counts[0]) without a difference, \(counts[1]) with explained ones")
            }
            try await dockerd.stop()
        } catch {
            try? await dockerd.stop()
            throw error
        }
    }

    @Test func aDifferenceIsSeen() {
        let ours = FlagReport(code: 0, output: "a: 1\nb: 2\nonly\n", errors: "WARNING: x")
        #expect(ours.differences(from: ours) == [])
        #expect(
            ours.differences(from: FlagReport(code: 1, output: "a: 1\nb: 3\nc: 4", errors: "")) == [
                "code: 0 not 1", "b: 2 not 3", "c: absent not 4", "errors: WARNING: x not absent", "only: yes not absent",
            ])
    }

    @Test func aLineIsReadAsAShellReadsIt() throws {
        let line = FlagLine("--device-cgroup-rule 'c 42:* rw' -e A=b :: echo 'x y'")
        #expect(line.flags == ["--device-cgroup-rule", "c 42:* rw", "-e", "A=b"])
        #expect(line.script == "echo 'x y'")
        #expect(FlagLine("-t").script == "")
    }
}

/// Files beside the tests.
enum ConformanceFile {
    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: name).path
    }

    /// Without comments.
    static func lines(_ name: String) throws -> [Substring] {
        try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }
}
