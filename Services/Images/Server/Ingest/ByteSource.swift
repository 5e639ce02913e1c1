// Where bytes come from, piece by piece, on a thread that may block.

/// A stream of bytes that is pulled. Used by one thread at a time.
protocol ByteSource: AnyObject {
    /// The next piece, never empty; nil at the end. Blocks until there is one.
    func next() throws -> [UInt8]?
}

extension ByteSource {
    /// Reads to the end and throws the pieces away: what follows the part that mattered still counts for a digest.
    func drain() throws {
        while try next() != nil {}
    }
}

/// A source with its first bytes looked at.
final class PeekedSource: ByteSource {
    private var head: [UInt8]
    private let rest: any ByteSource

    /// Reads until `count` bytes, or all there are, are at hand.
    init(_ source: any ByteSource, count: Int) throws {
        head = []
        rest = source
        while head.count < count, let piece = try source.next() { head += piece }
    }

    /// At least as many as were asked for, unless the source has fewer.
    var prefix: [UInt8] { head }

    func next() throws -> [UInt8]? {
        if head.isEmpty { return try rest.next() }
        defer { head = [] }
        return head
    }
}
