// The mounts that a process sees, as the kernel lists them.
import Linux

struct MountTable: Equatable {
    struct Entry: Equatable {
        var id: Int
        /// In the process's tree.
        var point: String
        /// Of the file system: `overlay`, `cgroup2`…
        var type: String
    }
    var entries: [Entry]

    static func read(of pid: Int32) throws(Errno) -> MountTable {
        parse(try SmallFile.text("/proc/\(pid)/mountinfo", limit: 16 << 20))
    }

    /// `id parent major:minor root mount-point options [tags…] - type source super-options`
    static func parse(_ text: String) -> MountTable {
        MountTable(
            entries: text.split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ").map(String.init)
                guard let dash = fields.firstIndex(of: "-"), dash > 5, fields.count > dash + 1, let id = Int(fields[0]) else { return nil }
                return Entry(id: id, point: unescaped(fields[4]), type: fields[dash + 1])
            })
    }

    func contains(id: Int) -> Bool { entries.contains { $0.id == id } }

    /// White space and backslashes are written as three octal digits.
    private static func unescaped(_ field: String) -> String {
        guard field.utf8.contains(UInt8(ascii: "\\")) else { return field }
        var (bytes, rest) = ([UInt8](), Array(field.utf8)[...])
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let value = UInt8(digits, radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
