// In what a layer's file differs from what its blob says.

/// One file, by its path below the layer's root.
struct TreeDifference: Sendable, Equatable, CustomStringConvertible {
    enum Kind: String, Sendable {
        case missing = "is missing"
        case extra = "doesn't belong there"
        case type = "is of another type"
        case content = "has other content"
        case metadata = "has another mode, owner, time or attribute"
    }

    /// Of the directory, empty for the root.
    var parent: RawPath
    var name: RawPath
    var kind: Kind

    var description: String { "\(parent.bytes.isEmpty ? "" : "\(parent)/")\(name) \(kind.rawValue)" }
}
