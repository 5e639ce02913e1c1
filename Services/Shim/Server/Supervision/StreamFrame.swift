// Docker's framing of attached output: which stream the bytes are from, and how many follow.
import ContainerLog

enum StreamFrame {
    /// Byte 0 is the stream (1 stdout, 2 stderr), bytes 4 to 7 the length, big-endian.
    static func head(_ stream: LogStream, length: Int) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: length)
        return [
            stream == .stdout ? 1 : 2, 0, 0, 0,
            UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
            UInt8(truncatingIfNeeded: length),
        ]
    }
}
