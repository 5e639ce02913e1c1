// Commands about images and volumes, here and with Debian's dockerd: the same status, output and words.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite(.timeLimit(.minutes(10))) struct ImageCommandComparison {
        /// Commands whose words differ, and why. Their status doesn't.
        private static let explained = [
            "docker save nope:1": "dockerd has come to name the image since",
            "docker load -q < root.tar": "what is no image is told as such, and what to do with it",
            "docker create --storage-opt size=10m busybox true": "the reason is another one",
            "docker create --storage-opt unheard=of busybox true": "no option is known, and none looked at",
        ]

        @Test(.enabled(if: DockerdPrograms.installed != nil, "Debian's dockerd isn't installed"))
        func everyCommandAnswersTheSame() async throws {
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
            #expect(ours.count > 75 && Set(ours.keys) == Set(theirs.keys))
            for (form, lines) in ours {
                let others = theirs[form] ?? []
                if explained[form] == nil {
                    #expect(lines == others, "\(form)")
                } else {
                    #expect(lines.first == others.first, "\(form)")
                    #expect(lines != others, "\(form) is the same now: it needs no explanation")
                }
            }
        }

        /// What came of each command.
        private static func outcomes(_ socket: String) async throws -> [String: [String]] {
            let directory = "/tmp/berth-commands-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let variables = ["D": directory, "CLIENT": EngineUnderTest.client, "DOCKER_HOST": "unix://\(socket)"]
            let result = try await Command(
                "/bin/bash", ["-c", ImageCommandForms.script], environment: variables, timeout: .seconds(400)
            ).run()
            var outcomes: [String: [String]] = [:]
            var form = ""
            for line in result.text.split(separator: "\n").map(String.init) {
                if line.hasPrefix("## ") { form = String(line.dropFirst(3)) } else { outcomes[form, default: []].append(neutral(line)) }
            }
            return outcomes
        }

        /// Without what is an engine's own: IDs, places and ages. Capitals have gone from dockerd's words over the years.
        private static func neutral(_ line: String) -> String {
            line.replacing(/\b([0-9a-f]{64}|[0-9a-f]{12})\b/, with: "ID")
                .replacing(/\/[^ ':]*\/volumes\//, with: "/volumes/")
                .replacing(/(Less than a|About an?|[0-9]+) (second|minute|hour)s? ago/, with: "AGO")
                .replacing(/[ ]+/, with: " ").lowercased()
        }
    }
}
