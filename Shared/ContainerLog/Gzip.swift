// Compresses a log file, and unpacks it again, by zlib.
import CLinux
import CZlib
import Glibc

enum Gzip {
    private static let pieceSize = 64 * 1024
    /// Of zlib: 15 bits of window, and a gzip header and trailer.
    private static let window: Int32 = 15 + 16
    /// Logs are compressed while their container runs: quickly rather than well.
    private static let level = Z_BEST_SPEED

    /// Writes `source`, from its beginning, to `target`. False when either fails.
    static func compress(_ source: Int32, to target: Int32) -> Bool {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else { return false }
        defer { deflateEnd(&stream) }
        return pump(source, target, &stream) { stream, isLast in deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH) }
    }

    /// A file without a name that holds what was compressed, as far as it is sound; -1 when none can be made.
    static func unpack(_ source: Int32) -> Int32 {
        let target = clinux_unnamed_file(getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp")
        guard target >= 0 else { return -1 }
        var stream = z_stream()
        guard inflateInit2_(&stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return target }
        defer { inflateEnd(&stream) }
        _ = pump(source, target, &stream) { stream, _ in inflate(&stream, Z_NO_FLUSH) }
        return target
    }

    /// True when the stream came to its end, and all of it was written.
    private static func pump(
        _ source: Int32, _ target: Int32, _ stream: inout z_stream, _ step: (inout z_stream, _ isLast: Bool) -> Int32
    ) -> Bool {
        var (input, output) = ([UInt8](repeating: 0, count: pieceSize), [UInt8](repeating: 0, count: pieceSize))
        var (offset, isWritten) = (off_t(0), true)
        while true {
            let count = pread(source, &input, input.count, offset)
            guard count >= 0 else { return false }
            offset += off_t(count)
            var result = Z_OK
            input.withUnsafeMutableBufferPointer { bytes in
                stream.next_in = bytes.baseAddress
                stream.avail_in = UInt32(count)
                repeat {
                    let produced = output.withUnsafeMutableBufferPointer { room in
                        stream.next_out = room.baseAddress
                        stream.avail_out = UInt32(room.count)
                        result = step(&stream, count == 0)
                        return room.count - Int(stream.avail_out)
                    }
                    isWritten = write(output[..<produced], to: target)
                } while isWritten && result == Z_OK && stream.avail_out == 0
            }
            if result == Z_STREAM_END { return isWritten }
            guard isWritten, count > 0, result == Z_OK || result == Z_BUF_ERROR else { return false }
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to target: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(target, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
