// The host's CRIU, and one that does what a test wants.
import Contracts
import Foundation
import TestSupport

/// In `PATH`, or at `BERTH_TEST_CRIU`: distributions' may be too old for the running kernel.
struct CriuProgram: Sendable {
    let path: String
    /// CRIU's own word on the kernel.
    let isFit: Bool
    /// Before 4.2, CRIU asks sockets for an option that Linux has for few of them since 6.16.
    let takesSockets: Bool

    static let installed: CriuProgram? = {
        let named = ProcessInfo.processInfo.environment["BERTH_TEST_CRIU"].map { [$0] }
        let places = named ?? ["/usr/local/sbin/criu", "/usr/sbin/criu", "/usr/bin/criu"]
        guard let path = places.first(where: FileManager.default.isExecutableFile) else { return nil }
        let check = try? Command(path, ["check"]).runBlocking()
        let version = (try? Command(path, ["--version"]).runBlocking().line).flatMap(numbers) ?? [0]
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)).flatMap(numbers) ?? [0]
        return CriuProgram(
            path: path, isFit: check?.code == 0,
            takesSockets: kernel.lexicographicallyPrecedes([6, 16]) || !version.lexicographicallyPrecedes([4, 2]))
    }()

    /// The first number of a text, by its parts.
    private static func numbers(_ text: String) -> [Int] {
        let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
        return digits.split(separator: ".").compactMap { Int($0) }
    }

    /// Fails as CRIU does, or hangs when there is a file `hang` beside it.
    static func writeFake(in directory: String) throws -> String {
        let path = "\(directory)/criu"
        let script = """
            #!/bin/sh
            if [ -e "\(directory)/hang" ]; then sleep 1000; fi
            echo "(00.01) Error (criu/util.c:1): rlimit: Can't setup RLIMIT_NOFILE for self: no" >&2
            echo "(00.02) Error (criu/vdso.c:2): vdso: made to fail" >&2
            echo "(00.03) Error (criu/cr-dump.c:3): Dumping FAILED." >&2
            exit 1

            """
        try Data(script.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }
}

/// An engine with experiments on.
struct CheckpointEngine: Sendable {
    let engine: EngineUnderTest
    /// For the test's own files.
    let directory: String

    /// - Parameter criu: makes the program, given the directory.
    static func with(criu: (String) throws -> String, _ body: (CheckpointEngine) async throws -> Void) async throws {
        let engine = EngineUnderTest()
        let directory = "/tmp/\(engine.name)-checkpoints"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let configuration = #"{"experimental": true, "criu": "\#(try criu(directory))"}"#
        try Data(configuration.utf8).write(to: URL(filePath: "\(directory)/daemon.json"))
        do {
            try await engine.start(flags: ["--config", "\(directory)/daemon.json"])
            try await engine.importBusybox()
            try await body(CheckpointEngine(engine: engine, directory: directory))
            try await engine.takeDown()
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    /// Counts in its output and in a file; `command` goes before.
    func run(_ name: String, _ options: [String] = [], _ command: String = ":", file: String = "/log") async throws {
        let script = "\(command); exec 3>>\(file); i=0; while :; do i=$((i+1)); echo $i; echo $i >&3; sleep 0.05; done"
        let result = try await engine.docker(["run", "-d", "--name", name] + options + ["busybox", "sh", "-c", script])
        guard result.code == 0 else { throw CommandFailure(what: "docker run \(name)", result: result) }
        _ = try await counts(name, beyond: 0)
    }

    /// All that it has written, once it is beyond a number.
    func counts(_ name: String, beyond number: Int) async throws -> [Int] {
        try await eventually("\(name) counting beyond \(number)") {
            let counts = try await engine.dockerOutput("logs", name).split(separator: "\n").compactMap { Int($0) }
            return counts.last ?? 0 > number ? counts : nil
        }
    }

    func inspect(_ format: String, _ name: String) async throws -> String {
        try await engine.dockerOutput("inspect", "-f", format, name)
    }

    func checkpoints(_ name: String) async throws -> [String] {
        try await engine.dockerOutput("checkpoint", "ls", name).split(separator: "\n").dropFirst().map(String.init)
    }

    /// What `docker` says when it fails, which it must.
    func refusal(_ arguments: String...) async throws -> String {
        let result = try await engine.docker(arguments)
        guard result.code != 0 else { throw CommandFailure(what: "docker \(arguments) succeeded", result: result) }
        return result.errorText
    }

    /// Where the engine keeps a container's checkpoints.
    func place(_ name: String) async throws -> String { engine.layout.checkpoints(try await inspect("{{.Id}}", name)) }

    func files(in directory: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted() ?? [] }
}
