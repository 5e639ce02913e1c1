// Decompresses zstd.
import CZstd

/// All frames of a zstd stream, one after the other.
final class ZstdSource: ByteSource {
    private let source: any ByteSource
    private let stream: OpaquePointer
    private var input: [UInt8] = []
    private var position = 0
    /// What the last call asked for: 0 at the end of a frame.
    private var isBetweenFrames = true
    private var hasFrames = false
    /// The output buffer was filled: there may be more without more input.
    private var hasMore = false

    init(_ source: any ByteSource) throws {
        guard let stream = ZSTD_createDStream() else { throw CompressionError(description: "out of memory for zstd") }
        self.stream = stream
        self.source = source
        ZSTD_initDStream(stream)
    }

    deinit { ZSTD_freeDStream(stream) }

    func next() throws -> [UInt8]? {
        while true {
            if position == input.count, !hasMore {
                guard let piece = try source.next() else {
                    if isBetweenFrames, hasFrames { return nil }
                    throw CompressionError(description: "the zstd stream ends too early")
                }
                input = piece
                position = 0
            }
            let piece = try decompress()
            if !piece.isEmpty { return piece }
        }
    }

    private func decompress() throws -> [UInt8] {
        var status = 0
        let piece = [UInt8](unsafeUninitializedCapacity: 8 * ZSTD_DStreamOutSize()) { output, count in
            input.withUnsafeBytes { bytes in
                var from = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: position)
                var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                status = ZSTD_decompressStream(stream, &to, &from)
                position = from.pos
                count = to.pos
                hasMore = to.pos == to.size
            }
        }
        if ZSTD_isError(status) != 0 {
            throw CompressionError(description: "the zstd stream is corrupt: \(String(cString: ZSTD_getErrorName(status)))")
        }
        isBetweenFrames = status == 0
        hasFrames = true
        return piece
    }
}
