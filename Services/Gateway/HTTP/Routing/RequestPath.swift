// Splits a request's target into the API's version, the path and the query.
import Models
import RPC

struct RequestPath: Sendable, Equatable {
    /// As written after `/v`; nil for a path without a version.
    let version: Substring?
    /// Decoded segments; an empty one stands for a doubled or trailing slash.
    let segments: [String]
    let query: Substring

    init(_ target: String) throws {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        query = parts.count == 2 ? parts[1] : ""
        guard let decoded = PercentEncoding.decode(parts[0]) else {
            throw RPCError(.invalidParameter, "the path isn't UTF-8 after decoding its percent escapes")
        }
        var pieces = decoded.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        version = pieces.first.flatMap(Self.version)
        if version != nil { pieces.removeFirst() }
        segments = pieces.map(String.init)
    }

    /// Where a target leads that has doubled slashes, as of a name with a slash in front of it, or dots between slashes; nil for others.
    static func cleaned(_ target: String) -> String? {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = PercentEncoding.decode(parts[0]), path.hasPrefix("/") else { return nil }
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard pieces.dropLast().contains("") || pieces.contains(where: { $0 == "." || $0 == ".." }) else { return nil }
        var kept: [Substring] = []
        for piece in pieces where !piece.isEmpty && piece != "." {
            if piece == ".." { _ = kept.popLast() } else { kept.append(piece) }
        }
        let end = pieces.last == "" && !kept.isEmpty ? "/" : ""
        let query = parts.count == 2 ? "?" + parts[1] : ""
        return PercentEncoding.encodePath("/" + kept.joined(separator: "/") + end) + query
    }

    /// `v` and digits and dots, as dockerd's routes have it.
    private static func version(_ segment: Substring) -> Substring? {
        let digits = segment.dropFirst()
        let isVersion = segment.first == "v" && !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
        return isVersion ? digits : nil
    }
}

extension APIVersion {
    /// The version a request is for; the newest when it names none. Errors: `invalidParameter` in dockerd's words.
    init(requested text: Substring?, oldest: APIVersion = .oldest) throws {
        guard let text else {
            self = .newest
            return
        }
        guard let version = APIVersion(text) else {
            throw RPCError(.invalidParameter, "invalid API version \(text): it must be like \(APIVersion.newest)")
        }
        guard version >= oldest else {
            throw RPCError(
                .invalidParameter,
                "client version \(version) is too old. Minimum supported API version is \(oldest), "
                    + "please upgrade your client to a newer version")
        }
        guard version <= .newest else {
            throw RPCError(
                .invalidParameter,
                "client version \(version) is too new. Maximum supported API version is \(APIVersion.newest)")
        }
        self = version
    }
}
