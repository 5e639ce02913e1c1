// Every form of `docker cp`, here and with Debian's dockerd: the same status, the same words, the same files.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite(.timeLimit(.minutes(10))) struct CopyComparison {
        /// Forms whose words differ, and why. Their status doesn't, nor do the files.
        private static let explained = [
            "docker cp cc:/w/file/ out": "dockerd tells the host's name of the file",
            "docker cp - cc:/w < src/file": "an archive that is none is said to be so by another library",
        ]

        @Test(.enabled(if: DockerdPrograms.installed != nil, "Debian's dockerd isn't installed"))
        func everyFormDoesTheSame() async throws {
            let engine = try Integration.engine
            let dockerd = try await DockerdUnderTest.start(programs: try await DockerdPrograms.find())
            do {
                let client = ["-H", "unix://\(dockerd.socket)", "import", "-", "busybox"]
                let imported = try await Command(EngineUnderTest.client, client, stdin: try await BusyboxImage.archive()).run()
                #expect(imported.code == 0, "\(imported)")
                async let ours = Self.outcomes(engine.layout.gatewaySocket)
                async let theirs = Self.outcomes(dockerd.socket)
                Self.compare(try await ours, try await theirs)
                try await dockerd.stop()
            } catch {
                try? await dockerd.stop()
                throw error
            }
        }

        private static func compare(_ ours: [String: [String]], _ theirs: [String: [String]]) {
            #expect(ours.count > 70 && Set(ours.keys) == Set(theirs.keys))
            for (form, lines) in ours {
                let others = theirs[form] ?? []
                guard explained[form] != nil else {
                    #expect(lines == others, "\(form)")
                    continue
                }
                let isWord = { (line: String) in line.hasPrefix("Error") }
                #expect(lines.filter { !isWord($0) } == others.filter { !isWord($0) }, "\(form)")
                #expect(lines != others, "\(form) is the same now: it needs no explanation")
            }
        }

        /// What came of each form.
        private static func outcomes(_ socket: String) async throws -> [String: [String]] {
            let directory = "/tmp/berth-copies-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let variables = ["D": directory, "CLIENT": EngineUnderTest.client, "DOCKER_HOST": "unix://\(socket)"]
            let result = try await Command(
                "/bin/bash", ["-c", CopyForms.script], environment: variables, timeout: .seconds(400)
            ).run()
            var outcomes: [String: [String]] = [:]
            var form = ""
            for line in result.text.split(separator: "\n").map(String.init) {
                if line.hasPrefix("## ") { form = String(line.dropFirst(3)) } else { outcomes[form, default: []].append(line) }
            }
            return outcomes
        }
    }
}
