// What the process that writes a log's files tells the shim, each time with all that has been so far.
import Glibc

struct LogProgress: Equatable {
    static let size = 4 * MemoryLayout<UInt64>.size

    /// Lines that it is done with: written or lost.
    var lines: UInt64 = 0
    /// Lines that are lost.
    var droppedLines: UInt64 = 0
    /// It looks after rotated files and isn't to be ended.
    var isBusy = false

    init() {}

    /// Of `size` bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        lines = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        droppedLines = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        isBusy = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self) != 0
    }

    /// In one piece, as a pipe takes so few bytes. The one who reads may be gone: that is no matter.
    func write(to descriptor: Int32) {
        let words: [UInt64] = [lines, droppedLines, isBusy ? 1 : 0, 0]
        _ = words.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
