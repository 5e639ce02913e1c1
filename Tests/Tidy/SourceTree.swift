// The project's own files, for tests about their shape.
import Foundation
import Testing

enum SourceTree {
    struct File: Sendable, CustomTestStringConvertible {
        /// Relative to the project's root.
        var path: String
        var text: String
        var lines: [Substring]

        var testDescription: String { path }

        /// Lines without comments and without the content of string literals; of Swift only.
        var code: [String]

        func isBelow(_ folders: String...) -> Bool { folders.contains { path.hasPrefix($0 + "/") } }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Everything at the top level that git would commit.
    static func topLevel() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root).filter { name in
            name != ".git" && name != "Package.resolved" && name != ".swiftpm" && !name.hasPrefix(".build")
        }
    }

    /// Files of these kinds in the given folders.
    static func files(_ extensions: [String] = ["swift"], in folders: [String] = ["Services", "Shared", "Tests"]) -> [File] {
        all.filter { file in
            extensions.contains { file.path.hasSuffix(".\($0)") } && folders.contains { file.path.hasPrefix("\($0)/") }
        }
    }

    /// Read once: several rules look at every file.
    private static let all = ["Services", "Shared", "Tests"].flatMap { folder -> [File] in
        let paths = FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.allObjects as? [String] ?? []
        return paths.filter { path in ["swift", "c", "h"].contains { path.hasSuffix(".\($0)") } }.sorted().compactMap {
            read("\(folder)/\($0)")
        }
    }

    private static func read(_ path: String) -> File? {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return File(path: path, text: text, lines: lines, code: path.hasSuffix(".swift") ? CodeText.lines(of: text) : [])
    }
}
