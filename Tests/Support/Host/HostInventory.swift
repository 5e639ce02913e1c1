// What is on a host that an engine may have put there, to be compared before and after.
import Foundation

/// Lines by kind, sorted. Two inventories of the same host are equal when nothing was left and nothing is missing.
public struct HostInventory: Codable, Equatable, Sendable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case mounts, links, namespaces, nftables, cgroups, processes, files, sysctls
    }

    public var entries: [Kind: [String]]

    public init(_ entries: [Kind: [String]]) {
        self.entries = entries.filter { !$0.value.isEmpty }.mapValues { $0.sorted() }
    }

    public var isEmpty: Bool { entries.isEmpty }

    public var text: String {
        Kind.allCases.compactMap { kind in entries[kind].map { "\(kind.rawValue):\n" + $0.map { "  \($0)\n" }.joined() } }.joined()
    }

    /// Lines that are only here (`-`) or only in the later inventory (`+`), by kind; empty when there is no difference.
    public func difference(to later: HostInventory) -> String {
        Kind.allCases.map { kind in
            let (before, after) = (entries[kind] ?? [], later.entries[kind] ?? [])
            let changes = after.difference(from: before)
            guard !changes.isEmpty else { return "" }
            let lines = changes.map { change in
                switch change {
                case .insert(_, let line, _): "  + \(line)\n"
                case .remove(_, let line, _): "  - \(line)\n"
                }
            }
            return "\(kind.rawValue):\n" + lines.joined()
        }.joined()
    }

    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let keyed = Dictionary(uniqueKeysWithValues: entries.map { ($0.key.rawValue, $0.value) })
        try encoder.encode(keyed).write(to: URL(filePath: path))
    }

    public static func read(from path: String) throws -> HostInventory {
        let keyed = try JSONDecoder().decode([String: [String]].self, from: Data(contentsOf: URL(filePath: path)))
        return HostInventory(Dictionary(uniqueKeysWithValues: keyed.compactMap { name, lines in Kind(rawValue: name).map { ($0, lines) } }))
    }
}
