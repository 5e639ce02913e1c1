// Where an entry of a tar belongs in a layer, by its name alone.

/// A name from a tar, cleaned lexically: components below the layer's root, none of them `.`, `..` or empty.
///
/// A leading `/` means the layer's root, as in a container. A name that climbs out of the root is no path.
struct EntryPath: Hashable, Sendable {
    /// The directory it is in, relative to the root; `.` for the root.
    let parent: RawPath
    /// The last component; `.` for the root itself.
    let name: RawPath

    /// `NAME_MAX` and `PATH_MAX` of Linux.
    static let maximumComponent = 255
    static let maximumLength = 4096

    /// nil when the name leads out of the root, or is too long for Linux.
    init?(_ path: RawPath) {
        guard path.bytes.count < Self.maximumLength else { return nil }
        var components: [ArraySlice<UInt8>] = []
        for part in path.bytes.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                guard components.popLast() != nil else { return nil }
                continue
            }
            guard part.count <= Self.maximumComponent, !part.contains(0) else { return nil }
            components.append(part)
        }
        name = components.last.map { RawPath(bytes: $0) } ?? "."
        parent = components.count < 2 ? "." : RawPath(bytes: components.dropLast().joined(separator: [UInt8(ascii: "/")]))
    }

    /// The path of an entry. Throws `UnpackError` when the name leads out of the root, or is too long.
    static func checked(_ name: RawPath) throws(UnpackError) -> EntryPath {
        if let path = EntryPath(name) { return path }
        let isTooLong =
            name.bytes.count >= maximumLength || name.bytes.split(separator: UInt8(ascii: "/")).contains { $0.count > maximumComponent }
        throw isTooLong ? .tooLong(entry: "\(name)") : .escapes(entry: "\(name)")
    }

    var isRoot: Bool { name == "." }

    /// The directories from the root down to `parent`, for making those that are missing.
    var ancestors: [RawPath] {
        guard parent != "." else { return [] }
        let ends = parent.bytes.indices.filter { parent.bytes[$0] == UInt8(ascii: "/") } + [parent.bytes.count]
        return ends.map { RawPath(bytes: parent.bytes[..<$0]) }
    }
}
