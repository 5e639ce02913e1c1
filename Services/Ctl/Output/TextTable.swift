// Columns aligned as Docker's client aligns them.

struct TextTable {
    var header: [String]
    var rows: [[String]]

    private static let gap = 3

    /// One line a row, without a newline after the last.
    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in line(row, widths) }.joined(separator: "\n")
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        let cells = zip(row, widths).dropLast().map { cell, width in
            cell + String(repeating: " ", count: width - cell.count + Self.gap)
        }
        return cells.joined() + (row.last ?? "")
    }
}
