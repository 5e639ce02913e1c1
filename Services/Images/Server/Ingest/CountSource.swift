// Counts what passes through, where nobody wants its digest.

/// A source that knows how many bytes it has given.
protocol CountingSource: ByteSource {
    /// Bytes so far.
    var count: Int64 { get }
}

/// Passes pieces on and counts their bytes.
final class CountSource: CountingSource {
    private let source: any ByteSource
    private(set) var count: Int64 = 0

    init(_ source: any ByteSource) { self.source = source }

    func next() throws -> [UInt8]? {
        guard let piece = try source.next() else { return nil }
        count += Int64(piece.count)
        return piece
    }
}
