// Every command that the Docker client has for containers, images, networks, volumes, the system and contexts.
import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CommandTests {
    private static let nouns = ["container", "image", "network", "volume", "system", "context"]

    /// A line of commands.txt.
    private struct Line {
        let command: String
        let code: Int32
        let words: String

        init?(_ text: Substring) {
            let parts = text.components(separatedBy: " => ")
            guard !text.hasPrefix("#"), parts.count == 2 else { return nil }
            let expected = parts[1].split(separator: " ", maxSplits: 1)
            command = parts[0]
            code = Int32(expected[0]) ?? -1
            words = expected.count > 1 ? String(expected[1]) : ""
        }

        /// The `docker NOUN VERB`s in it.
        var verbs: [String] {
            command.matches(of: /docker (?:--context there )?([a-z]+ [a-z]+)/).map { String($0.output.1) }
        }
    }

    private static func lines() throws -> [Line] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "commands.txt").path
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { Line($0) }
    }

    /// What the client itself says it can do.
    private static func known() async throws -> Set<String> {
        var known: Set<String> = []
        for noun in nouns {
            let help = try await Command(EngineUnderTest.client, [noun, "--help"]).run().text
            let commands = help.components(separatedBy: "Commands:\n").last?.components(separatedBy: "\n\n").first ?? ""
            known.formUnion(commands.split(separator: "\n").compactMap { $0.split(separator: " ").first.map { "\(noun) \($0)" } })
        }
        return known
    }

    @Test func everyCommandHasALine() async throws {
        let known = try await Self.known()
        #expect(known.count > 50)
        let missing = known.subtracting(try Self.lines().flatMap(\.verbs))
        #expect(missing.isEmpty, "without a line in commands.txt: \(missing.sorted())")
    }

    @Test func everyCommandWorks() async throws {
        try await RegistryUnderTest.with { registry in
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                let files = "/tmp/\(engine.name)-commands"
                try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(atPath: files) }
                let client = URL(filePath: EngineUnderTest.client).deletingLastPathComponent().path
                let environment = engine.clientEnvironment.merging([
                    "REGISTRY": registry.address, "FILES": files, "PATH": "\(client):/usr/bin:/bin:/usr/sbin:/sbin",
                ]) { $1 }
                for line in try Self.lines() {
                    let result = try await Command("/bin/sh", ["-c", line.command], environment: environment).run()
                    let printed = (result.text + result.errorText).trimmingCharacters(in: .whitespacesAndNewlines)
                    let expression = try Regex(line.words).anchorsMatchLineEndings(false)
                    #expect(result.code == line.code && printed.contains(expression), "\(line.command)\n\(result)")
                }
            }
        }
    }
}
