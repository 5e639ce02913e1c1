// Path patterns. Image names contain slashes and stand in the middle of a path, which Hummingbird's router has no pattern for.

/// Literal segments (an empty one for a slash at the end), `{name}` for one segment, and at most one `{name...}` for one or more.
struct RoutePattern: Sendable, Equatable {
    private enum Segment: Sendable, Equatable {
        case literal(String)
        case one(String)
        case many(String)
    }

    /// As written, for messages: `/images/{name...}/json`.
    let text: String
    private let segments: [Segment]

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { piece in
            guard piece.hasPrefix("{"), piece.hasSuffix("}") else { return .literal(String(piece)) }
            let name = piece.dropFirst().dropLast()
            return name.hasSuffix("...") ? .many(String(name.dropLast(3))) : .one(String(name))
        }
    }

    /// The parameters' values, or nil when the path isn't one of the pattern's.
    func match(_ path: [String]) -> [String: String]? {
        let extra = path.count - segments.count
        var parameters: [String: String] = [:]
        var rest = path[...]
        for segment in segments {
            guard let first = rest.first else { return nil }
            switch segment {
            case .literal(let literal):
                guard first == literal else { return nil }
                rest.removeFirst()
            case .one(let name):
                guard !first.isEmpty else { return nil }
                parameters[name] = first
                rest.removeFirst()
            case .many(let name):
                guard extra >= 0, !first.isEmpty else { return nil }
                parameters[name] = rest.prefix(extra + 1).joined(separator: "/")
                rest.removeFirst(extra + 1)
            }
        }
        return rest.isEmpty ? parameters : nil
    }
}
