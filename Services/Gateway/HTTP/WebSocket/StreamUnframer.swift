// Takes the frames off a container's output, for clients that want the bytes alone. Pure.
import NIOCore

/// Frames may be cut anywhere between the buffers that they come in.
struct StreamUnframer {
    private var head = ByteBuffer()
    /// Bytes that are still to come of the current frame.
    private var remaining = 0

    /// The payload in these bytes.
    mutating func payload(of bytes: ByteBuffer) -> ByteBuffer {
        var bytes = bytes
        var payload = ByteBuffer()
        while bytes.readableBytes > 0 {
            if remaining == 0, !readHead(&bytes) { break }
            if var piece = bytes.readSlice(length: min(remaining, bytes.readableBytes)) {
                remaining -= piece.readableBytes
                payload.writeBuffer(&piece)
            }
        }
        return payload
    }

    /// Whether the head is complete.
    private mutating func readHead(_ bytes: inout ByteBuffer) -> Bool {
        let missing = StreamFrame.headLength - head.readableBytes
        if var piece = bytes.readSlice(length: min(missing, bytes.readableBytes)) { head.writeBuffer(&piece) }
        guard head.readableBytes == StreamFrame.headLength else { return false }
        remaining = Int(head.getInteger(at: head.readerIndex + 4, as: UInt32.self) ?? 0)
        head.clear()
        return true
    }
}
