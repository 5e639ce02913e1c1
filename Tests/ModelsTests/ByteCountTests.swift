// Sizes as Docker's clients and options write them.
import Models
import Testing

@Suite struct ByteCountTests {
    @Test(
        arguments: [
            ("1", 1), ("10m", 10 << 20), ("2K", 2048), ("1gb", 1 << 30), ("3KiB", 3072), ("5b", 5), ("1.5m", 3 << 19), ("2 t", 2 << 40),
            ("1p", 1 << 50), ("7i", 7),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) {
        #expect(ByteCount.parse(text) == bytes)
    }

    @Test(arguments: ["", "0", "-1", "m", "9223372036854775807k", "1e3", ".5m", "5.m", "1.2.3", "5x", "5  m", "5mm", "0.5", "٣"])
    func noSizes(text: String) {
        #expect(ByteCount.parse(text) == nil)
    }
}
