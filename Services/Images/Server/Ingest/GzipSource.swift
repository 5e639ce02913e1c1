// Decompresses gzip by ISA-L.
import CInflate

/// All members of a gzip stream, one after the other, each with its checksum verified.
final class GzipSource: ByteSource {
    private static let pieceSize = 1 << 20

    private let source: any ByteSource
    private let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
    private var input: [UInt8] = []
    private var position = 0
    private var isBetweenMembers = true
    private var hasMembers = false

    init(_ source: any ByteSource) { self.source = source }

    deinit { state.deallocate() }

    func next() throws -> [UInt8]? {
        while true {
            if position == input.count, !(try refill()) {
                if isBetweenMembers, hasMembers { return nil }
                throw CompressionError(description: "the gzip stream ends too early")
            }
            if isBetweenMembers, !(try beginMember()) { continue }
            let piece = try inflate()
            if !piece.isEmpty { return piece }
        }
    }

    private func refill() throws -> Bool {
        guard let piece = try source.next() else { return false }
        input = piece
        position = 0
        return true
    }

    /// False when only padding is left of the input: tapes and some tools fill up with zeros.
    private func beginMember() throws -> Bool {
        if hasMembers, input[position] == 0 {
            guard input[position...].allSatisfy({ $0 == 0 }) else {
                throw CompressionError(description: "the gzip stream is followed by something else")
            }
            position = input.count
            return false
        }
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(ISAL_GZIP)
        isBetweenMembers = false
        hasMembers = true
        return true
    }

    private func inflate() throws -> [UInt8] {
        var status: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { output, count in
            input.withUnsafeMutableBufferPointer { bytes in
                state.pointee.next_in = bytes.baseAddress.map { $0 + position }
                state.pointee.avail_in = UInt32(bytes.count - position)
                state.pointee.next_out = output.baseAddress
                state.pointee.avail_out = UInt32(output.count)
                status = isal_inflate(state)
                position = bytes.count - Int(state.pointee.avail_in)
            }
            count = output.count - Int(state.pointee.avail_out)
        }
        guard status == ISAL_DECOMP_OK || status == ISAL_END_INPUT else {
            throw CompressionError(description: "the gzip stream is corrupt (\(status))")
        }
        isBetweenMembers = state.pointee.block_state == ISAL_BLOCK_FINISH
        return piece
    }
}
