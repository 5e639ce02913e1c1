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
        let arguments = (text ?? "").split(separator: " ").map(String.init)
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts[1].hasPrefix("PID"), parts[0] != "pid" else { continue }
            throw RPCError(.invalidParameter, "specifying \"\(argument)\" is not allowed")
        }
        return arguments.isEmpty ? ["-ef"] : arguments
    }
}
