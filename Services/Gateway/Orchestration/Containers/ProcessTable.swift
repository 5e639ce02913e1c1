// What `ps` prints, cut down to a container's processes. Pure.
import Models
import RPC

/// The output of `ps` as titles and rows.
enum ProcessTable {
    /// Rows of the processes in `pids`, with as many values as there are titles; the last takes the rest of the line.
    /// Errors: `invalidParameter` when there is no PID column.
    static func parse(_ output: String, pids: Set<Int32>) throws(RPCError) -> ContainerTop {
        let lines = output.split(separator: "\n")
        let titles = lines.first.map { $0.split(separator: " ").map(String.init) } ?? []
        guard let column = titles.firstIndex(of: "PID") else {
            throw RPCError(.invalidParameter, "Couldn't find PID field in ps output")
        }
        let rows = lines.dropFirst().compactMap { row($0, titles.count) }
        let own = rows.filter { row in column < row.count && Int32(row[column]).map(pids.contains) == true }
        return ContainerTop(titles: titles, processes: own)
    }

    private static func row(_ line: Substring, _ count: Int) -> [String]? {
        let values = line.split(separator: " ", maxSplits: count - 1, omittingEmptySubsequences: true)
        guard !values.isEmpty else { return nil }
        return values.map { value in String(value.drop { $0 == " " }) }
    }

    /// Splits what the client gave, `-ef` by default. Another column must not be given the title PID: its values would be
    /// taken for processes. Errors: `invalidParameter`.
    static func arguments(_ text: String?) throws(RPCError) -> [String] {
        let words = (text ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        for (index, word) in words.enumerated() {
            guard let (column, title) = titledPID(word, next: index + 1 < words.count ? words[index + 1] : ""), column != "pid" else {
                continue
            }
            throw RPCError(.invalidParameter, "specifying \"\(column)=\(title)\" is not allowed")
        }
        return words.isEmpty ? ["-ef"] : words
    }

    /// The column that a word gives the title PID, and the title: after the last `=` of the word that allows it, or in the next word.
    private static func titledPID(_ word: String, next: String) -> (column: String, title: String)? {
        if word.hasSuffix("="), next.hasPrefix("PID") { return (String(word.dropLast()), next) }
        let equals = word.indices.last { word[$0] == "=" && word[word.index(after: $0)...].hasPrefix("PID") }
        guard let equals else { return nil }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
}
