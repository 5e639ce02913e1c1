// What a reader gives of a log: where it starts, where it ends, and what it skips.
import ContainerLog
import Foundation
import Testing

@Suite struct LogReaderTests {
    @Test func `A log that isn't there is empty until it is`() throws {
        let log = try LogFixture()
        var reader = try log.reader()
        #expect(reader.next() == nil)
        let writer = try log.writer()
        writer.write("a\n")
        #expect(reader.texts() == ["a\n"])
        #expect(reader.next() == nil)
        writer.write("b\n")
        #expect(reader.texts() == ["b\n"])
    }

    @Test(
        arguments: [
            (0, []), (1, ["9"]), (4, ["6", "7", "8", "9"]), (7, ["3", "4", "5", "6", "7", "8", "9"]), (10, nil), (.max, nil), (-1, []),
        ] as [(Int, [String]?)])
    func `The tail reaches back over rotated files`(tail: Int, expected: [String]?) throws {
        let log = try LogFixture()
        try log.put((0..<3).map { line("\($0)") }.joined(), ".2")
        try log.put((3..<7).map { line("\($0)") }.joined(), ".1")
        try log.put((7..<10).map { line("\($0)") }.joined() + #"{"log":"half"#)
        var reader = try log.reader(LogSelection(tail: tail))
        #expect(reader.texts() == (expected ?? (0..<10).map(String.init)).map { "\($0)\n" })
    }

    @Test func `What isn't followed ends where it ended when it was opened`() throws {
        let log = try LogFixture()
        let writer = try log.writer()
        writer.write("a\n")
        var reader = try log.reader(LogSelection(tail: 1, follows: false))
        writer.write("b\n")
        #expect(reader.texts() == ["a\n"])
        #expect(reader.isFinished)
        writer.write("c\n")
        #expect(reader.texts() == [])
    }

    /// A line written while the start was looked for used to be given beside the last one.
    @Test func `The last line of a growing log is one line`() async throws {
        let log = try LogFixture()
        let writer = try log.writer()
        writer.write("0\n")
        let path = log.path
        let tails = Task.detached {
            try (0..<2000).map { _ in
                var reader = try LogReader(path: path, selection: LogSelection(tail: 1, follows: false))
                return reader.texts().count
            }
        }
        for number in 1...4000 { writer.write("\(number)\n") }
        #expect(try await tails.value.allSatisfy { $0 == 1 })
    }

    @Test func `A log that isn't there and isn't followed is finished`() throws {
        let log = try LogFixture()
        var reader = try log.reader(LogSelection(follows: false))
        try log.writer().write("a\n")
        #expect(reader.next() == nil)
        #expect(reader.isFinished)
    }

    @Test func `Rotation doesn't move the end of what isn't followed`() throws {
        let log = try LogFixture()
        try log.put((0..<3).map { line("\($0)") }.joined(), ".1")
        try log.put((3..<5).map { line("\($0)") }.joined())
        var reader = try log.reader(LogSelection(follows: false))
        #expect(reader.next()?.bytes == Array("0\n".utf8))
        try FileManager.default.moveItem(atPath: log.path + ".1", toPath: log.path + ".2")
        try FileManager.default.moveItem(atPath: log.path, toPath: log.path + ".1")
        try log.put(line("5"))
        #expect(reader.texts() == ["1\n", "2\n", "3\n", "4\n"])
        #expect(reader.isFinished)
    }

    @Test func `A tail is found in a big file`() throws {
        let log = try LogFixture()
        let writer = try log.writer()
        for number in 0..<20_000 { writer.write("number \(number)\n") }
        var reader = try log.reader(LogSelection(tail: 3000))
        #expect(reader.texts() == (17_000..<20_000).map { "number \($0)\n" })
    }

    @Test(arguments: [(0, 60), (30, 30), (31, 29), (59, 1), (60, 0)])
    func `Since leaves out what is earlier`(second: Int, count: Int) throws {
        let log = try LogFixture()
        try log.put((0..<20).map { line("a", $0) }.joined(), ".1")
        try log.put((20..<60).map { line("b", $0) }.joined())
        var reader = try log.reader(LogSelection(since: Int64(second) * 1_000_000_000))
        #expect(reader.texts().count == count)
    }

    @Test func `Since finds its place in a big file, over garbage`() throws {
        let log = try LogFixture()
        let writer = try log.writer()
        for number in 0..<30_000 { writer.write("n \(number)\n", at: Int64(number) * 1_000_000_000) }
        try log.append(String(repeating: "garbage\n", count: 50_000))
        for number in 30_000..<31_000 { writer.write("n \(number)\n", at: Int64(number) * 1_000_000_000) }
        for start in [0, 1, 12_345, 29_999, 30_000, 30_999] {
            var reader = try log.reader(LogSelection(since: Int64(start) * 1_000_000_000))
            #expect(reader.next()?.timeNanoseconds == Int64(start) * 1_000_000_000)
        }
        var extreme = try log.reader(LogSelection(since: .min))
        #expect(extreme.texts().count == 31_000)
    }

    @Test func `Until finishes the log`() throws {
        let log = try LogFixture()
        try log.put((0..<10).map { line("\($0)", $0) }.joined())
        var reader = try log.reader(LogSelection(until: 3_000_000_000))
        #expect(reader.texts() == ["0\n", "1\n", "2\n", "3\n"])
        #expect(reader.isFinished)
        #expect(reader.next() == nil)
    }

    @Test func `Half a line is waited for`() throws {
        let log = try LogFixture()
        let whole = line("whole")
        try log.put(String(whole.prefix(20)))
        var reader = try log.reader()
        #expect(reader.next() == nil)
        try log.append(String(whole.dropFirst(20)))
        #expect(reader.texts() == ["whole\n"])
        #expect(reader.corruptLines == 0)
    }

    @Test func `Garbage is skipped and counted`() throws {
        let log = try LogFixture()
        let zeros = String(repeating: "\u{0}", count: 4096)
        try log.put("garbage\n" + line("a") + "\n" + #"{"log":"x"}"# + "\n" + line("b") + zeros + "\n" + line("c"))
        var reader = try log.reader()
        #expect(reader.texts() == ["a\n", "b\n", "c\n"])
        #expect(reader.corruptLines == 4)
    }

    @Test func `A line without an end is given up, and memory stays bounded`() throws {
        let log = try LogFixture()
        try log.put(String(repeating: "x", count: 5 << 20) + "\n" + line("after"))
        var reader = try log.reader()
        #expect(reader.texts() == ["after\n"])
        #expect(reader.corruptLines == 1)
    }

    @Test func `A log emptied in place goes on`() throws {
        let log = try LogFixture()
        let writer = try log.writer()
        writer.write("before\n")
        var reader = try log.reader()
        #expect(reader.texts() == ["before\n"])
        truncate(log.path, 0)
        #expect(reader.next() == nil)
        writer.write("x\n")
        #expect(reader.texts() == ["x\n"])
    }

    @Test func `A copy is a cursor of its own`() throws {
        let log = try LogFixture()
        try log.put(line("a") + line("b"))
        var first = try log.reader()
        _ = first.next()
        var second = first
        #expect(first.texts() == ["b\n"])
        #expect(second.texts() == ["b\n"])
    }

    @Test func `The chosen part may begin in the middle and go on live`() throws {
        let log = try LogFixture()
        let writer = try log.writer(maxSize: 300, maxFile: 3)
        for number in 0..<10 { writer.write("\(number)\n") }
        var reader = try log.reader(LogSelection(tail: 2))
        #expect(reader.texts() == ["8\n", "9\n"])
        for number in 10..<16 { writer.write("\(number)\n") }
        #expect(reader.texts() == (10..<16).map { "\($0)\n" })
    }
}
