// An HTTP/1.1 reply, parsed from the bytes of a closed connection.

/// Status, headers and the body, its transfer coding undone.
public struct HTTPReply: Sendable, Equatable {
    /// Bytes that are no HTTP reply.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        public var description: String
    }

    public var status: Int
    /// Names in lower case.
    public var headers: [String: String]
    public var body: [UInt8]

    /// The body as text; bytes that are no UTF-8 are replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }

    public init(parsing bytes: [UInt8]) throws {
        guard let end = Self.endOfHead(bytes) else {
            throw Malformed(description: "the connection ended before the reply's head did")
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let statusLine = lines.first?.split(separator: " ") ?? []
        guard statusLine.count >= 2, statusLine[0].hasPrefix("HTTP/1."), let status = Int(statusLine[1]) else {
            throw Malformed(description: "no status line: \(lines.first ?? "")")
        }
        self.status = status
        headers = Dictionary(lines.dropFirst().compactMap(Self.header), uniquingKeysWith: { "\($0), \($1)" })
        let rest = bytes[(end + 4)...]
        body = headers["transfer-encoding"]?.lowercased() == "chunked" ? try Self.unchunk(rest) : Array(rest)
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        return bytes.indices.dropLast(mark.count - 1).first { bytes[$0] == mark[0] && Array(bytes[$0..<$0 + mark.count]) == mark }
    }

    private static func header(_ line: Substring) -> (String, String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...]
        return (line[..<colon].lowercased(), String(value.drop { $0 == " " }))
    }

    private static func unchunk(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var rest = bytes
        var body: [UInt8] = []
        while true {
            guard let lineEnd = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                throw Malformed(description: "the connection ended within the body")
            }
            let size = String(decoding: rest[..<lineEnd].prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let count = Int(size, radix: 16), count >= 0 else { throw Malformed(description: "bad chunk size '\(size)'") }
            rest = rest[(lineEnd + 1)...]
            if count == 0 { return body }
            guard rest.count >= count + 2 else { throw Malformed(description: "the connection ended within a chunk") }
            body += rest.prefix(count)
            rest = rest.dropFirst(count + 2)
        }
    }
}
