// Stops an archive that becomes too much.

/// Passes pieces on until they are more than is allowed, in all or for each compressed byte.
final class LimitSource: ByteSource {
    private let source: any ByteSource
    private let compressed: any CountingSource
    private let maximumSize: Int64
    private let limits: IngestLimits
    private var count: Int64 = 0

    /// `compressed` counts what went into the decompression that `source` is the output of.
    init(_ source: any ByteSource, compressed: any CountingSource, maximumSize: Int64, limits: IngestLimits) {
        self.source = source
        self.compressed = compressed
        self.maximumSize = maximumSize
        self.limits = limits
    }

    func next() throws -> [UInt8]? {
        guard let piece = try source.next() else { return nil }
        count += Int64(piece.count)
        if count > maximumSize { throw IngestLimitError.size(limit: maximumSize) }
        let allowed = compressed.count.multipliedReportingOverflow(by: Int64(limits.maximumExpansionRatio))
        if count > limits.expansionFloor, !allowed.overflow, count > allowed.partialValue {
            throw IngestLimitError.expansion(ratio: limits.maximumExpansionRatio)
        }
        return piece
    }
}
