// Sizes and openings of files, lengths of lines and functions.
import Testing

@Suite struct FileShapeTests {
    static let longestFile = 500
    static let longestLine = 140
    static let longestFunction = 70

    @Test func noFileIsTooLong() {
        let long = SourceTree.files(["swift", "c", "h"]).filter { $0.lines.count > Self.longestFile }
        #expect(long.map { "\($0.path): \($0.lines.count)" } == [])
    }

    @Test func noLineIsTooLong() {
        let long = SourceTree.files(["swift", "c", "h"]).flatMap { file in
            file.lines.enumerated().filter { $0.element.count > Self.longestLine }.map { "\(file.path):\($0.offset + 1)" }
        }
        #expect(long == [])
    }

    @Test func everyFileSaysWhatItIsFor() {
        let silent = SourceTree.files().filter { !($0.lines.first?.hasPrefix("// ") ?? false) || ($0.lines.first?.count ?? 0) < 12 }
        #expect(silent.map(\.path) == [])
    }

    @Test func noFunctionIsTooLong() {
        let long = SourceTree.files().flatMap { file in
            FunctionLengths.of(file.code).filter { $0.length > Self.longestFunction }.map { "\(file.path):\($0.line): \($0.length) lines" }
        }
        #expect(long == [])
    }

    @Test func indentedBySpaces() {
        let tabbed = SourceTree.files().filter { $0.text.contains("\t") }
        #expect(tabbed.map(\.path) == [])
    }
}
