// A path in a container as `docker cp` writes it.
import CLinux
import Contracts
import Glibc
import RPC

/// An absolute path, cleaned as Go cleans it, that remembers how it ended.
struct FilePath: Equatable, Sendable {
    /// What the user wrote.
    let text: String
    /// No `.`, `..` or empty ones among them.
    let components: [RawPath]
    /// The path ends with `/` or `/.`: a link at its end is followed.
    let followsEnd: Bool
    private let endsWithDot: Bool

    init(_ text: String) {
        self.text = text
        components = Self.clean(RawPath(text).bytes)
        endsWithDot = text == "." || text.hasSuffix("/.")
        followsEnd = endsWithDot || text.hasSuffix("/") || components.isEmpty
    }

    static func clean(_ bytes: [UInt8], from start: [RawPath] = []) -> [RawPath] {
        var components = start
        for part in bytes.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) { _ = components.popLast() } else { components.append(RawPath(bytes: part)) }
        }
        return components
    }

    /// What the file is called in a tar: as Go's `filepath.Base` gives it.
    var name: RawPath { endsWithDot && !components.isEmpty ? "." : components.last ?? "/" }

    var whole: RawPath { Self.path(components) }
    var parent: RawPath { Self.path(components.dropLast()) }

    static func path(_ components: some Sequence<RawPath>) -> RawPath {
        let bytes = components.flatMap { [UInt8(ascii: "/")] + $0.bytes }
        return bytes.isEmpty ? "/" : RawPath(bytes: bytes)
    }

    static func missing(_ text: String) -> RPCError {
        RPCError(.notFound, "no such file or directory: \(text)", details: [ContainerFiles.missingFile: text])
    }

    /// Whether it is in, or is, what is mounted at `destination`.
    static func isBelow(_ path: [RawPath], _ destination: [RawPath]) -> Bool { path.starts(with: destination) }
}
