// From dockerd's command line to one that berthctl's parser reads. Pure.
import ArgumentParser
import Foundation
import Models
import ServiceKit

/// What berthctl was called with. Under the name `berthd` it is `berthctl up`, so that it can stand where dockerd stood.
enum DockerdArguments {
    /// The name of the link.
    static let program = "berthd"

    /// This process's, ready to be parsed. Errors: `ValidationError`.
    static func current() throws -> [String] {
        try normalised(Array(CommandLine.arguments.dropFirst()), calledAs: CommandLine.arguments.first ?? "")
    }

    /// Adds `up`, writes `--icc=false` as `--no-icc`, and gathers flags of keys that are in a table into `--setting key=value`.
    static func normalised(_ arguments: [String], calledAs path: String = "berthctl") throws -> [String] {
        let isDaemon = URL(filePath: path).lastPathComponent == program
        guard isDaemon || arguments.first == UpCommand.name else { return arguments }
        var rest = ArraySlice(isDaemon ? arguments : Array(arguments.dropFirst()))
        var result = isDaemon ? [UpCommand.name, "--\(UpCommand.standInFlag)"] : [UpCommand.name]
        while let argument = rest.popFirst() {
            if argument == "--" { return result + [argument] + rest }
            result += argument == "-v" ? ["--version"] : try Flag(argument).map { try $0.rewritten(&rest) } ?? [argument]
        }
        return result
    }

    /// Flags that are true or false and have an effect.
    private static let truths: Set<String> = [
        "allow-direct-routing", "debug", "experimental", "icc", "init", "ip-masq", "ipv6", "no-new-privileges", "tls", "tlsverify",
        "userland-proxy", "validate",
    ]
    private static let keys = EngineConfiguration.flaggedKeys
    private static let shortNames = Dictionary(
        keys.compactMap { key in key.short.map { ($0, key.flag ?? key.name) } } + [("D", "debug")], uniquingKeysWith: { $1 })

    /// One word of the command line that begins with a hyphen.
    private struct Flag {
        let word: String
        let name: String
        let value: String?

        /// nil for a word that is no flag, or a short one that needs no rewriting.
        init?(_ word: String) {
            self.word = word
            if word.hasPrefix("--") {
                let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                name = parts[0]
                value = parts.count == 2 ? parts[1] : nil
            } else if word.hasPrefix("-"), let letter = word.dropFirst().first, let long = shortNames[letter] {
                name = long
                let tail = word.dropFirst(2)
                value = tail.isEmpty ? nil : String(tail.first == "=" ? tail.dropFirst() : tail)
            } else {
                return nil
            }
        }

        /// `rest` loses what the flag takes as its value.
        func rewritten(_ rest: inout ArraySlice<String>) throws -> [String] {
            if let key = keys.first(where: { $0.flag == name }) { return setting(key, try value(of: key, &rest)) }
            if name.hasPrefix("no-"), value == nil, let key = keys.first(where: { $0.flag == String(name.dropFirst(3)) }),
                key.shape == .truth
            {
                return setting(key, "false")
            }
            // The parser knows empty values only in words of their own.
            if value == "", word.hasPrefix("--"), !truths.contains(name) { return ["--\(name)", ""] }
            guard truths.contains(name), let value else { return [word] }
            guard let isOn = TruthValue.parse(value) else {
                throw ValidationError("invalid argument \"\(value)\" for \"--\(name)\" flag: it must be true or false")
            }
            return [isOn ? "--\(name)" : "--no-\(name)"]
        }

        private func value(of key: ConfigurationKey, _ rest: inout ArraySlice<String>) throws -> String {
            if let value { return value }
            if key.shape == .truth { return "true" }
            guard let next = rest.popFirst() else { throw ValidationError("flag needs an argument: --\(name)") }
            return next
        }

        private func setting(_ key: ConfigurationKey, _ value: String) -> [String] { ["--setting", "\(key.name)=\(value)"] }
    }
}
