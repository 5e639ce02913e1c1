// Writes a tar archive in the ustar format.

/// Entries in the order they are added; names are at most 100 bytes.
public struct TarArchive {
    private static let block = 512
    private var bytes: [UInt8] = []

    public init() {}

    public mutating func directory(_ path: String, mode: Int = 0o755) {
        header("\(path)/", kind: "5", mode: mode, size: 0)
    }

    public mutating func file(_ path: String, _ content: String, mode: Int = 0o644) {
        file(path, Array(content.utf8), mode: mode)
    }

    public mutating func file(_ path: String, _ content: [UInt8], mode: Int = 0o644) {
        header(path, kind: "0", mode: mode, size: content.count)
        bytes += content
        pad()
    }

    public mutating func hardLink(_ path: String, to target: String) {
        header(path, kind: "1", mode: 0o755, size: 0, link: target)
    }

    public mutating func symbolicLink(_ path: String, to target: String) {
        header(path, kind: "2", mode: 0o777, size: 0, link: target)
    }

    /// The archive with its end mark.
    public func finished() -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: 2 * Self.block)
    }

    private mutating func header(_ path: String, kind: String, mode: Int, size: Int, link: String = "") {
        var header = [UInt8](repeating: 0, count: Self.block)
        func put(_ text: String, at offset: Int, width: Int) {
            for (index, byte) in text.utf8.prefix(width).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(path, at: 0, width: 100)
        put(octal(mode, width: 7), at: 100, width: 7)
        put(octal(0, width: 7), at: 108, width: 7)
        put(octal(0, width: 7), at: 116, width: 7)
        put(octal(size, width: 11), at: 124, width: 11)
        put(octal(0, width: 11), at: 136, width: 11)
        put("        ", at: 148, width: 8)
        put(kind, at: 156, width: 1)
        put(link, at: 157, width: 100)
        put("ustar", at: 257, width: 5)
        put("00", at: 263, width: 2)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(octal(sum, width: 6) + "\0 ", at: 148, width: 8)
        bytes += header
    }

    private mutating func pad() {
        bytes += [UInt8](repeating: 0, count: (Self.block - bytes.count % Self.block) % Self.block)
    }
}
