// Output cut into lines, however it was cut when it came.
import Testing

@testable import ContainerLog

@Suite struct LineSplitterTests {
    /// Feeds chunks, the first at time 1, and returns the pieces with their times.
    private func split(_ chunks: [[UInt8]], finishing: Bool = true) -> [(bytes: [UInt8], time: Int64)] {
        var splitter = LineSplitter()
        var pieces: [(bytes: [UInt8], time: Int64)] = []
        for (index, chunk) in chunks.enumerated() {
            chunk.withUnsafeBufferPointer { splitter.consume($0, at: Int64(index + 1)) { pieces.append((Array($0), $1)) } }
        }
        if finishing { splitter.finish { pieces.append((Array($0), $1)) } }
        return pieces
    }

    private func texts(_ chunks: [String]) -> [String] {
        split(chunks.map { Array($0.utf8) }).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test(arguments: [
        (["a\nb\n"], ["a\n", "b\n"]),
        (["a", "b", "\n"], ["ab\n"]),
        (["a\nb", "c\nd"], ["a\n", "bc\n", "d"]),
        (["\n\n"], ["\n", "\n"]),
        (["", "x"], ["x"]),
        ([], []),
    ])
    func `Lines come out whole however they were cut`(chunks: [String], lines: [String]) {
        #expect(texts(chunks) == lines)
    }

    @Test func `All pieces of a line carry the time of its beginning`() {
        let long = [UInt8](repeating: 65, count: LineSplitter.pieceLimit)
        let pieces = split([Array("x\nab".utf8), long, Array("\ny\n".utf8)])
        #expect(pieces.map(\.time) == [1, 1, 1, 3])
    }

    @Test(arguments: [1, 4096, 16_383, 16_384, 16_385, 50_000, 100_000])
    func `Long lines are cut at 16 KiB, the same for any chunks`(chunkSize: Int) {
        let line = [UInt8](repeating: 65, count: 40_000) + [10]
        let chunks = stride(from: 0, to: line.count, by: chunkSize).map { Array(line[$0..<min($0 + chunkSize, line.count)]) }
        #expect(split(chunks).map(\.bytes.count) == [16_384, 16_384, 7_233])
    }

    @Test(arguments: [(16_382, [16_383]), (16_383, [16_384]), (16_384, [16_384, 1]), (32_768, [16_384, 16_384, 1])])
    func `The limit counts the newline`(length: Int, pieces: [Int]) {
        #expect(split([[UInt8](repeating: 65, count: length) + [10]]).map(\.bytes.count) == pieces)
    }

    @Test(arguments: ["é", "€", "😀"])
    func `No character is cut in two`(character: String) {
        let line = Array(("a" + String(repeating: character, count: 20_000)).utf8)
        let pieces = split([line])
        #expect(pieces.count > 1)
        #expect(pieces.allSatisfy { String(validating: $0.bytes, as: UTF8.self) != nil })
        #expect(pieces.dropLast().allSatisfy { $0.bytes.count > LineSplitter.pieceLimit - 4 })
        #expect(pieces.flatMap(\.bytes) == line)
    }

    @Test func `Bytes that are no text are cut all the same`() {
        let bytes = [UInt8](repeating: 0x80, count: 20_000)
        #expect(split([bytes]).map(\.bytes.count) == [16_384, 3_616])
    }

    @Test func `What isn't emitted yet is known`() {
        var splitter = LineSplitter()
        Array("a\nbc".utf8).withUnsafeBufferPointer { splitter.consume($0, at: 0) { _, _ in } }
        #expect(splitter.unfinished == Array("bc".utf8))
        splitter.finish { _, _ in }
        #expect(splitter.unfinished.isEmpty)
    }
}
