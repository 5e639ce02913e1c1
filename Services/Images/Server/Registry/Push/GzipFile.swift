// Compresses a layer that was stored as a plain tar, the same way each time.
import CInflate
import Crypto
import Glibc
import Models

/// Writes gzip by ISA-L: no name, no time, one level.
enum GzipFile {
    private static let outputSize = 1 << 20

    /// Blocks. Returns the digest and size of the new file. Throws `SystemError`, `CompressionError`, and what the source throws.
    static func write(_ source: any ByteSource, to path: String) throws -> (digest: ContentDigest, size: Int64) {
        let sink = try FileSink(creating: path)
        var hash = SHA256()
        let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
        let level = UnsafeMutablePointer<UInt8>.allocate(capacity: levelSize)
        let output = UnsafeMutablePointer<UInt8>.allocate(capacity: outputSize)
        defer {
            stream.deallocate()
            level.deallocate()
            output.deallocate()
        }
        isal_deflate_init(stream)
        stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
        stream.pointee.level = 1
        stream.pointee.level_buf = level
        stream.pointee.level_buf_size = UInt32(levelSize)
        var isLast = false
        while !isLast {
            var piece = try source.next() ?? []
            isLast = piece.isEmpty
            stream.pointee.end_of_stream = isLast ? 1 : 0
            try piece.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(input.count)
                repeat {
                    stream.pointee.next_out = output
                    stream.pointee.avail_out = UInt32(outputSize)
                    guard isal_deflate(stream) == COMP_OK else { throw CompressionError(description: "the layer can't be compressed") }
                    let bytes = UnsafeRawBufferPointer(start: output, count: outputSize - Int(stream.pointee.avail_out))
                    hash.update(bufferPointer: bytes)
                    try sink.write(bytes)
                } while stream.pointee.avail_out == 0 || stream.pointee.avail_in > 0
            }
        }
        return (ContentDigest(sha256: Hexadecimal.text(hash.finalize())), sink.size)
    }

    /// `ISAL_DEF_LVL1_DEFAULT`: a macro of sizes that Swift can't see.
    private static let levelSize = 1 << 19
}
