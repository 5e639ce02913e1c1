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
            let (ours, theirs) = try await TwoEngines.outcomes(of: CopyForms.script)
            Self.compare(ours, theirs)
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
    }
}
