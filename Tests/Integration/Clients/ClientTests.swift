// Clients in other languages, unmodified, against the real services: each runs a scenario of its own.
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite(.serialized, .timeLimit(.minutes(15))) struct Clients {
        @Test func dockerPy() async throws {
            try await run("docker_py.py")
        }

        @Test func testcontainers() async throws {
            try await run("testcontainers_py.py")
        }

        @Test func pythonOnWhales() async throws {
            try await run("on_whales.py", [EngineUnderTest.client])
        }

        @Test func compose() async throws {
            try await run("compose.py")
        }

        /// A scenario ends with `done`, or with a status that isn't 0; what the engine is still without, it says.
        private func run(_ script: String, _ arguments: [String] = []) async throws {
            let engine = try Integration.engine
            let python = try await PythonClients.shared()
            let result = try await python.run(script, arguments, environment: engine.clientEnvironment)
            #expect(result.code == 0 && result.line.hasSuffix("done"), "\(result)")
            for line in result.text.split(separator: "\n") where line.hasPrefix("not built") { print("\(script): \(line)") }
        }
    }
}

/// A virtual environment with the clients, kept for the next run.
struct PythonClients: Sendable {
    let directory: String
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// Made anew when the list of versions has changed.
    static func shared() async throws -> PythonClients {
        let build = URL(filePath: BuildProducts.directory).deletingLastPathComponent().deletingLastPathComponent()
        let directory = build.appending(path: "test-clients").path
        let list = folder.appending(path: "requirements.txt")
        let stamp = "\(directory)/requirements.txt"
        let wanted = try Data(contentsOf: list)
        if (try? Data(contentsOf: URL(filePath: stamp))) != wanted {
            try? FileManager.default.removeItem(atPath: directory)
            try await check(Command("/usr/bin/env", ["python3", "-m", "venv", directory], timeout: .seconds(300)))
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", list.path]
            try await check(Command("\(directory)/bin/python", install, timeout: .seconds(600)))
            try wanted.write(to: URL(filePath: stamp))
        }
        return PythonClients(directory: directory)
    }

    private static func check(_ command: Command) async throws {
        let result = try await command.run()
        guard result.code == 0 else { throw CommandFailure(what: command.arguments.joined(separator: " "), result: result) }
    }

    func run(_ script: String, _ arguments: [String], environment: [String: String]) async throws -> CommandResult {
        let path = Self.folder.appending(path: script).path
        return try await Command(
            "\(directory)/bin/python", ["-u", "-W", "ignore", path] + arguments, environment: environment, timeout: .seconds(300)
        ).run()
    }
}
