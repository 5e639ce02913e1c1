// Looks through bytes as fast as the C library does.
import Glibc

extension UnsafeBufferPointer<UInt8> {
    /// The first newline at or after `start`.
    func firstNewline(from start: Int = 0) -> Int? {
        guard let base = baseAddress, start < count, let found = memchr(base + start, Int32(UInt8(ascii: "\n")), count - start) else {
            return nil
        }
        return UnsafeRawPointer(base).distance(to: found)
    }

    /// Whether these characters stand at `index`.
    func holds(_ text: StaticString, at index: Int) -> Bool {
        guard let base = baseAddress, index >= 0, count - index >= text.utf8CodeUnitCount else { return false }
        return memcmp(base + index, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}

extension ArraySlice<UInt8> {
    /// How many lines end here.
    public var newlineCount: UInt64 {
        withUnsafeBufferPointer { bytes in
            var (count, start): (UInt64, Int) = (0, 0)
            while let newline = bytes.firstNewline(from: start) {
                count += 1
                start = newline + 1
            }
            return count
        }
    }
}
