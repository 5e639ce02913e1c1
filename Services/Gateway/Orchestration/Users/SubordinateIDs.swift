// Which IDs of the host a user may give to user namespaces: /etc/subuid and /etc/subgid.
import Contracts

/// The lines of such a file, `name:first:count`. Lines that aren't of that form count for nobody.
struct SubordinateIDs: Sendable, Equatable {
    private let lines: [(name: String, first: UInt32, count: UInt32)]

    init(_ text: String) {
        lines = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 3, let first = UInt32(words[1]), let count = UInt32(words[2]), count > 0 else { return nil }
            return first > .max - count ? nil : (words[0], first, count)
        }
    }

    static func == (first: SubordinateIDs, second: SubordinateIDs) -> Bool {
        first.lines.elementsEqual(second.lines) { $0 == $1 }
    }

    /// In the order of the file, one after another from 0 on. By name or by number; empty for a user without any.
    func ranges(of account: Account) -> [IDRange] {
        var next: UInt32 = 0
        return lines.filter { $0.name == account.name || $0.name == "\(account.id)" }.compactMap { line in
            let (end, overflows) = next.addingReportingOverflow(line.count)
            guard !overflows else { return nil }
            defer { next = end }
            return IDRange(inside: next, outside: line.first, count: line.count)
        }
    }
}

/// A user or group of the host.
struct Account: Sendable, Equatable {
    var name: String
    var id: UInt32

    /// By name or number, in the text of /etc/passwd or /etc/group.
    static func find(_ wanted: String, in text: String) -> Account? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard words.count > 2, let id = UInt32(words[2]), words[0] == wanted || words[2] == wanted else { continue }
            return Account(name: words[0], id: id)
        }
        return nil
    }
}
