// Lines of a request's head that end with a line feed alone, as in requests that scripts write by hand.
import NIOCore

/// Gives each line of a head the carriage return that the decoder wants; Go's servers take both forms. What follows the head, as far
/// as it came with it, stays as it is.
struct HeadLines {
    private static let lineFeed: UInt8 = 0x0a
    private static let carriageReturn: UInt8 = 0x0d

    /// The head's last line, an empty one, has come. Empty lines before the first are none of its own.
    private var isComplete = false
    private var headHasText = false
    /// The line that the last bytes left unfinished has more than a carriage return.
    private var lineHasText = false
    private var lastByte: UInt8 = 0

    mutating func completed(_ bytes: ByteBuffer) -> ByteBuffer {
        let view = bytes.readableBytesView
        var (start, copied) = (view.startIndex, view.startIndex)
        var corrected: ByteBuffer?
        while !isComplete, let end = view[start...].firstIndex(of: Self.lineFeed) {
            let line = view[start..<end]
            if (line.last ?? lastByte) != Self.carriageReturn {
                var written = corrected ?? ByteBuffer()
                written.writeBytes(view[copied..<end])
                written.writeInteger(Self.carriageReturn)
                (corrected, copied) = (written, end)
            }
            endLine(line)
            start = view.index(after: end)
        }
        if !isComplete { keep(view[start...]) }
        guard var corrected else { return bytes }
        corrected.writeBytes(view[copied...])
        return corrected
    }

    private mutating func endLine(_ line: ByteBufferView) {
        keep(line)
        isComplete = headHasText && !lineHasText
        headHasText = headHasText || lineHasText
        (lineHasText, lastByte) = (false, Self.lineFeed)
    }

    private mutating func keep(_ part: ByteBufferView) {
        guard let last = part.last else { return }
        lineHasText = lineHasText || part.count > 1 || last != Self.carriageReturn
        lastByte = last
    }
}
