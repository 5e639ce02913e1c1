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
            "docker volume create -o size=10m cmp4": "it says what is missing",
            "docker create --storage-opt unheard=of busybox true": "no option is known, and none looked at",
        ]

        @Test(.enabled(if: DockerdPrograms.installed != nil, "Debian's dockerd isn't installed"))
        func everyCommandAnswersTheSame() async throws {
            let (ours, theirs) = try await TwoEngines.outcomes(of: ImageCommandForms.script)
            Self.compare(ours.mapValues { $0.map(Self.neutral) }, theirs.mapValues { $0.map(Self.neutral) })
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

        /// Without what is an engine's own: IDs, places and ages. Capitals have gone from dockerd's words over the years.
        private static func neutral(_ line: String) -> String {
            line.replacing(/\b([0-9a-f]{64}|[0-9a-f]{12})\b/, with: "ID")
                .replacing(/\/[^ ':]*\/volumes\//, with: "/volumes/")
                .replacing(/(Less than a|About an?|[0-9]+) (second|minute|hour)s? ago/, with: "AGO")
                .replacing(/[ ]+/, with: " ").lowercased()
        }
    }
}
