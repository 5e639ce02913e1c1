// What dockerd makes of the corpus is a fact, looked at where it is installed.
import Foundation
import Testing
import TestSupport

/// Debian's dockerd on this host.
private enum InstalledDockerd {
    static let isKnown: Bool = {
        guard let programs = DockerdPrograms.installed else { return false }
        return (try? Command("\(programs)/dockerd", ["--version"]).runBlocking())?.text.contains("version 20.10.") == true
    }()
}

@Suite(.enabled(if: InstalledDockerd.isKnown, "dockerd 20.10 isn't installed"))
struct HostileDockerdTests {
    @Test func answersAsRecorded() async throws {
        let programs = try #require(DockerdPrograms.installed)
        try await TemporaryDirectory.with { directory in
            let victim = try HostileCorpusTests.Victim(in: directory)
            let daemon = try await DockerdUnderTest.start(programs: programs)
            do {
                try await Self.docker(daemon, ["import", "-", "base"], try await BusyboxImage.archive())
                for form in HostileForm.all { try await Self.compare(form, daemon, victim) }
                try await daemon.stop()
            } catch {
                try? await daemon.stop()
                throw error
            }
        }
    }

    private static func compare(_ form: HostileForm, _ daemon: DockerdUnderTest, _ victim: HostileCorpusTests.Victim) async throws {
        let bytes = form.bytes(victim: victim.path)
        let imported = try await answer(daemon, ["import", "-", "form"], bytes)
        #expect(HostileForm.matches(imported, form.dockerdLayer), "import of \(form.name): \(imported)")
        try await docker(daemon, ["create", "--name", "form", "base", "true"])
        let copied = try await answer(daemon, ["cp", "-", "form:/"], bytes)
        #expect(HostileForm.matches(copied, form.dockerdCopy), "cp of \(form.name): \(copied)")
        try await docker(daemon, ["rm", "-f", "form"])
    }

    private static func answer(_ daemon: DockerdUnderTest, _ arguments: [String], _ stdin: [UInt8]) async throws -> String {
        let result = try await run(daemon, arguments, stdin)
        return result.code == 0 ? HostileForm.taken : result.errorText.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func docker(_ daemon: DockerdUnderTest, _ arguments: [String], _ stdin: [UInt8] = []) async throws {
        let result = try await run(daemon, arguments, stdin)
        guard result.code == 0 else { throw CommandFailure(what: "docker \(arguments.joined(separator: " "))", result: result) }
    }

    private static func run(_ daemon: DockerdUnderTest, _ arguments: [String], _ stdin: [UInt8]) async throws -> CommandResult {
        try await Command(
            EngineUnderTest.client, arguments, environment: ["DOCKER_HOST": "unix://\(daemon.socket)"], stdin: stdin, timeout: .seconds(240)
        ).run()
    }
}
