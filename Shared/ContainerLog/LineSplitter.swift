// Cuts what a process writes into the entries of a log.

/// Turns the chunks read from one output into lines, and lines over 16 KiB into pieces, as dockerd does.
///
/// A piece is cut a few bytes early rather than in the middle of a character.
public struct LineSplitter: Sendable {
    /// The longest entry, newline included.
    public static let pieceLimit = 16 * 1024

    /// What came after the last newline and isn't emitted yet; shorter than `pieceLimit`.
    public private(set) var unfinished: [UInt8] = []
    /// When the line began that isn't at its end yet.
    private var lineTime: Int64?

    public init() {}

    /// Takes a chunk and hands each entry's bytes and time to `emit`, in order.
    public mutating func consume(_ chunk: UnsafeBufferPointer<UInt8>, at time: Int64, emit: (UnsafeBufferPointer<UInt8>, Int64) -> Void) {
        var start = 0
        while let newline = chunk.firstNewline(from: start) {
            take(UnsafeBufferPointer(rebasing: chunk[start...newline]), at: time, emit: emit)
            lineTime = nil
            start = newline + 1
        }
        if start < chunk.count { take(UnsafeBufferPointer(rebasing: chunk[start...]), at: time, emit: emit) }
    }

    /// Emits what is left at the end of the output, as a line that never got its newline.
    public mutating func finish(emit: (UnsafeBufferPointer<UInt8>, Int64) -> Void) {
        if let time = lineTime, !unfinished.isEmpty { unfinished.withUnsafeBufferPointer { emit($0, time) } }
        unfinished = []
        lineTime = nil
    }

    /// Takes bytes of one line: all up to and with its newline, or a part without.
    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>, at time: Int64, emit: (UnsafeBufferPointer<UInt8>, Int64) -> Void) {
        let time = lineTime ?? time
        lineTime = time
        let isTerminated = bytes.last == UInt8(ascii: "\n")
        if unfinished.isEmpty, isTerminated, bytes.count <= Self.pieceLimit {
            emit(bytes, time)
            return
        }
        unfinished.append(contentsOf: bytes)
        emitPieces(isTerminated: isTerminated, time, emit)
    }

    private mutating func emitPieces(isTerminated: Bool, _ time: Int64, _ emit: (UnsafeBufferPointer<UInt8>, Int64) -> Void) {
        let emitted = unfinished.withUnsafeBufferPointer { bytes in
            var start = 0
            let lineLength = isTerminated ? bytes.count - 1 : bytes.count
            while lineLength - start >= Self.pieceLimit {
                let piece = UnsafeBufferPointer(rebasing: bytes[start..<start + Self.pieceLimit])
                let length = piece.count - UTF8Sequence.incompleteTail(piece)
                emit(UnsafeBufferPointer(rebasing: piece[..<length]), time)
                start += length
            }
            if isTerminated {
                emit(UnsafeBufferPointer(rebasing: bytes[start...]), time)
                start = bytes.count
            }
            return start
        }
        if emitted == unfinished.count { unfinished = [] } else { unfinished.removeFirst(emitted) }
    }
}
