// What is different between two answers to one request: status, kind of content, shape, message. Pure.
import ServiceKit
import TestSupport

struct AnswerComparison {
    let ours: HTTPReply
    let theirs: HTTPReply

    /// One line a difference.
    var differences: [String] {
        var lines: [String] = []
        if ours.status != theirs.status { lines.append("status \(ours.status) not \(theirs.status)") }
        let (left, right) = (JSONTree(ours.body), JSONTree(theirs.body))
        if let words = left?["message"]?.text ?? right?["message"]?.text, !words.isEmpty {
            let (own, other) = (Self.message(left), Self.message(right))
            if own.lowercased() != other.lowercased() { lines.append("message \"\(own)\" not \"\(other)\"") }
        } else if let left, let right {
            lines += Self.shapes(left, right)
        } else if left != nil || right != nil || ours.body.isEmpty != theirs.body.isEmpty {
            lines.append("body \"\(Self.excerpt(ours))\" not \"\(Self.excerpt(theirs))\"")
        }
        return lines
    }

    private static func excerpt(_ reply: HTTPReply) -> String {
        String(normalised(reply.text).replacing("\n", with: " ").prefix(160))
    }

    private static func message(_ tree: JSONTree?) -> String { normalised(tree?["message"]?.text ?? "").replacing("\n", with: " ") }

    /// IDs differ from engine to engine.
    static func normalised(_ text: String) -> String {
        text.replacing(#/[0-9a-f]{64}/#, with: "ID").replacing(#/\b[0-9a-f]{12}\b/#, with: "SHORT")
    }

    private static func shapes(_ left: JSONTree, _ right: JSONTree) -> [String] {
        var (own, other): ([String: Set<String>], [String: Set<String>]) = ([:], [:])
        collect(left, at: "", in: &own)
        collect(right, at: "", in: &other)
        let places = Set(own.keys).union(other.keys).sorted()
        // What is missing isn't said again of everything within.
        var said: [String] = []
        return places.compactMap { place in
            guard own[place] != other[place], !said.contains(where: { place.hasPrefix($0) }) else { return nil }
            if own[place] == nil || other[place] == nil { said += [place + ".", place + "["] }
            return "shape \(place): \(words(own[place])) not \(words(other[place]))"
        }
    }

    private static func words(_ kinds: Set<String>?) -> String { kinds?.sorted().joined(separator: "/") ?? "absent" }

    private static func collect(_ tree: JSONTree, at place: String, in kinds: inout [String: Set<String>]) {
        kinds[place, default: []].insert(tree.kind)
        switch tree {
        case .object(let fields): for (name, value) in fields { collect(value, at: place + "." + normalised(name), in: &kinds) }
        case .array(let elements): for value in elements { collect(value, at: place + "[]", in: &kinds) }
        default: break
        }
    }
}
