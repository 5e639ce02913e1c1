// The mounts that a process sees, as the kernel lists them in `/proc/<pid>/mountinfo`.

/// One mount.
public struct MountInfo: Sendable, Equatable {
    public var id: Int
    /// The file system's device number.
    public var major: UInt64
    public var minor: UInt64
    /// Where it is mounted, in the process's tree.
    public var point: String
    /// `shared:1`, `master:2` and the like.
    public var tags: [String]
    /// The type of the file system: `overlay`, `cgroup2`…
    public var type: String
    /// Options of the file system.
    public var options: [String]

    /// Of a process, or of the calling one.
    public static func list(of pid: Int32? = nil) throws(Errno) -> [MountInfo] {
        parse(try SmallFile.text("/proc/\(pid.map(String.init) ?? "self")/mountinfo", limit: 16 << 20))
    }

    /// Lines that can't be read are left out.
    public static func parse(_ text: String) -> [MountInfo] { text.split(separator: "\n").compactMap { MountInfo(line: $0) } }

    /// `id parent major:minor root mount-point options [tags…] - type source super-options`; a source may be empty.
    private init?(line: Substring) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), fields.count > dash + 1, let id = Int(fields[0]) else {
            return nil
        }
        let numbers = fields[2].split(separator: ":").compactMap { UInt64($0) }
        guard numbers.count == 2 else { return nil }
        self.id = id
        (major, minor) = (numbers[0], numbers[1])
        point = Self.unescaped(fields[4])
        tags = fields[6..<dash].map(String.init)
        type = String(fields[dash + 1])
        options = fields.count > dash + 3 ? fields[dash + 3].split(separator: ",").map(String.init) : []
    }

    /// White space and backslashes are written as three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        guard field.utf8.contains(UInt8(ascii: "\\")) else { return String(field) }
        var (bytes, rest) = ([UInt8](), Array(field.utf8)[...])
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
