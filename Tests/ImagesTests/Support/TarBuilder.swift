// Writes tars of any kind, the malicious kind included: nothing is checked.

/// Entries in the order they are added, as ustar with PAX records where ustar has no room.
struct TarBuilder {
    private static let block = 512
    private var bytes: [UInt8] = []

    struct Metadata {
        var mode = 0o644
        var uid = 0
        var gid = 0
        var time = 1_600_000_000
        var major = 0
        var minor = 0
        /// PAX records: `path`, `mtime`, `SCHILY.xattr.user.x`.
        var records: [(String, [UInt8])] = []
    }

    mutating func file(_ path: String, _ content: String = "", _ metadata: Metadata = Metadata()) {
        file(path, Array(content.utf8), metadata)
    }

    mutating func file(_ path: String, _ content: [UInt8], _ metadata: Metadata = Metadata()) {
        add(Array(path.utf8), "0", content, metadata)
    }

    mutating func file(rawPath: [UInt8], _ content: String) { add(rawPath, "0", Array(content.utf8), Metadata()) }

    mutating func directory(_ path: String, mode: Int = 0o755, _ metadata: Metadata = Metadata()) {
        var metadata = metadata
        metadata.mode = mode
        add(Array(path.utf8), "5", [], metadata)
    }

    mutating func symbolicLink(_ path: String, to target: String) { add(Array(path.utf8), "2", [], Metadata(), link: target) }
    mutating func hardLink(_ path: String, to target: String) { add(Array(path.utf8), "1", [], Metadata(), link: target) }
    mutating func fifo(_ path: String) { add(Array(path.utf8), "6", [], Metadata()) }

    mutating func device(_ path: String, isBlock: Bool = false, major: Int, minor: Int) {
        add(Array(path.utf8), isBlock ? "4" : "3", [], Metadata(major: major, minor: minor))
    }

    /// An entry of any type.
    mutating func entry(_ path: String, kind: Character) { add(Array(path.utf8), kind, [], Metadata()) }

    /// A header whose checksum is another's.
    mutating func damagedHeader(_ path: String) {
        var header = header(Array(path.utf8), "0", 0, Metadata(), link: "")
        header[0] ^= 0x40
        bytes += header
    }

    /// GNU's sparse format 1.0: a map before the data.
    mutating func sparse(_ path: String, size: Int, pieces: [(offset: Int, bytes: [UInt8])]) {
        var map = "\(pieces.count)\n" + pieces.map { "\($0.offset)\n\($0.bytes.count)\n" }.joined()
        map += String(repeating: "\0", count: (Self.block - map.utf8.count % Self.block) % Self.block)
        let records = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", path), ("GNU.sparse.realsize", "\(size)")]
        add(
            Array("GNUSparseFile.0/x".utf8), "0", Array(map.utf8) + pieces.flatMap(\.bytes),
            Metadata(records: records.map { ($0.0, Array($0.1.utf8)) }))
    }

    /// With the end mark.
    func finished() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 2 * Self.block) }

    /// A name of more than 100 bytes travels as a PAX record.
    private mutating func add(_ path: [UInt8], _ kind: Character, _ content: [UInt8], _ metadata: Metadata, link: String = "") {
        var records = metadata.records
        if path.count > 100 { records.append(("path", path)) }
        if link.utf8.count > 100 { records.append(("linkpath", Array(link.utf8))) }
        if !records.isEmpty {
            let body = records.flatMap { Self.record($0.0, $0.1) }
            put(header(Array("PaxHeaders/x".utf8), "x", body.count, Metadata(), link: ""), body)
        }
        put(header(path, kind, content.count, metadata, link: link), content)
    }

    /// `length key=value\n`, the length counting itself.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [0x0a]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    private mutating func put(_ header: [UInt8], _ content: [UInt8]) {
        bytes += header + content
        bytes += [UInt8](repeating: 0, count: (Self.block - bytes.count % Self.block) % Self.block)
    }

    private func header(_ path: [UInt8], _ kind: Character, _ size: Int, _ metadata: Metadata, link: String) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: Self.block)
        func put(_ text: some Sequence<UInt8>, at offset: Int, width: Int) {
            for (index, byte) in text.prefix(width).enumerated() { header[offset + index] = byte }
        }
        func number(_ value: Int, at offset: Int, width: Int) {
            let digits = String(value, radix: 8)
            put((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8, at: offset, width: width)
        }
        put(path, at: 0, width: 100)
        number(metadata.mode, at: 100, width: 7)
        number(metadata.uid, at: 108, width: 7)
        number(metadata.gid, at: 116, width: 7)
        number(size, at: 124, width: 11)
        number(metadata.time, at: 136, width: 11)
        put("        ".utf8, at: 148, width: 8)
        put(String(kind).utf8, at: 156, width: 1)
        put(link.utf8, at: 157, width: 100)
        put("ustar\u{0}00".utf8, at: 257, width: 8)
        number(metadata.major, at: 329, width: 7)
        number(metadata.minor, at: 337, width: 7)
        number(header.reduce(0) { $0 + Int($1) }, at: 148, width: 6)
        header[154] = 0
        return header
    }
}
