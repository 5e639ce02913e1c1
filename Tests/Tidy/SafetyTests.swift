// No traps in what runs on a host: an error is thrown and told, never a crash.
import Testing

@Suite struct SafetyTests {
    private static let shipped = SourceTree.files(in: ["Services", "Shared"])

    /// - Parameter words: one of them is in whatever matches: looking for words takes much less time than matching.
    private func matches(
        _ pattern: some RegexComponent, words: [String], in files: [SourceTree.File] = SafetyTests.shipped
    ) -> [String] {
        files.flatMap { file in
            file.code.enumerated().filter { line in
                words.contains { line.element.contains($0) } && line.element.contains(pattern)
            }.map { "\(file.path):\($0.offset + 1): \($0.element)" }
        }
    }

    @Test func noForcedTry() {
        #expect(matches(/\btry!/, words: ["try!"]) == [])
    }

    @Test func noForcedCast() {
        #expect(matches(/\bas!/, words: ["as!"]) == [])
    }

    /// `x!`, `x()!`, `x[0]!`; not `!=`, `!x`, `Type!` in signatures of C, or macros.
    @Test func noForcedUnwrap() {
        #expect(matches(/[\w\)\]\}]!(?![=\w])/, words: ["!"]) == [])
    }

    /// Not `\b`: to Swift `Swift.fatalError` is one word.
    private static var trap: some RegexComponent {
        /(?:^|\W)(?:fatalError|precondition|preconditionFailure|assert|assertionFailure|unsafeBitCast)\s*\(/
    }

    /// An executor's check is there to trap: Swift calls it before what would be a data race.
    private static let executors: Set = ["Services/Network/Server/Kernel/LoopThread.swift"]

    @Test func noTrap() {
        let files = Self.shipped.filter { !Self.executors.contains($0.path) }
        #expect(matches(Self.trap, words: ["fatalError", "precondition", "assert", "unsafeBitCast"], in: files) == [])
    }

    @Test(arguments: [("fatalError()", true), ("Swift.precondition(x)", true), ("x.assertions()", false), ("preconditions(x)", false)])
    func trapsAreSeen(line: String, isTrap: Bool) {
        #expect(line.contains(Self.trap) == isTrap)
    }

    @Test func nothingLeftToDo() {
        let mark = try? Regex("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b")
        let found = SourceTree.files(["swift", "c", "h"]).flatMap { file in
            file.lines.enumerated().filter { line in mark.map { line.element.contains($0) } ?? true }.map {
                "\(file.path):\($0.offset + 1)"
            }
        }
        #expect(found == [])
    }

    @Test func namesSayWhatThingsAre() {
        let vague = SourceTree.files().filter { $0.path.contains(/(Manager|Helper|Helpers|Utils|Common|Misc)(\+\w+)?\.swift$/) }
        #expect(vague.map(\.path) == [])
        #expect(
            matches(
                /\b(class|struct|enum|actor|protocol)\s+\w*(Manager|Helper|Utils|Common|Misc)\b/,
                words: ["Manager", "Helper", "Utils", "Common", "Misc"]) == [])
    }
}
