// Rotated files that are compressed while the log is written and read.
@testable import ContainerLog
import Foundation
import Testing

@Suite struct LogCompressionTests {
    /// Ten lines of two bytes a file, the youngest file with the rest.
    private func filled(_ log: LogFixture, lines: Int, maxFile: Int32 = 10) throws -> LogWriter {
        let writer = try log.writer(maxSize: Int64(10 * line("0").utf8.count), maxFile: maxFile)
        for number in 0..<lines { writer.write("\(number % 10)\n", at: Int64(number) * 1_000_000_000) }
        return writer
    }

    /// Compresses what can be, as the shim does.
    private func compressAll(_ log: LogFixture) -> Int {
        let compression = LogCompression(path: log.path)
        var count = 0
        while let job = compression.next() {
            compression.finish(job, isComplete: LogCompression.Job.run(job.source, job.target))
            count += 1
        }
        return count
    }

    /// By a reader that leaves the log afterwards.
    private func texts(_ log: LogFixture) throws -> [String] {
        var reader = try log.reader()
        return reader.texts()
    }

    private func names(_ log: LogFixture) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: log.directory).map { String($0.dropFirst("c-json.log".count)) }.sorted()
    }

    private func expected(_ lines: Range<Int>) -> [String] { lines.map { "\($0 % 10)\n" } }

    @Test func `Rotated files are compressed, the current one isn't, and the log reads the same`() throws {
        let log = try LogFixture()
        let writer = try filled(log, lines: 35)
        #expect(compressAll(log) == 3)
        #expect(try names(log) == ["", ".1.gz", ".2.gz", ".3.gz"])
        #expect(try texts(log) == expected(0..<35))
        for number in 35..<55 { writer.write("\(number % 10)\n", at: Int64(number) * 1_000_000_000) }
        #expect(try names(log) == ["", ".1", ".2", ".3.gz", ".4.gz", ".5.gz"])
        #expect(compressAll(log) == 2)
        #expect(try texts(log) == expected(0..<55))
    }

    @Test func `gzip reads them`() throws {
        let log = try LogFixture()
        _ = try filled(log, lines: 15)
        _ = compressAll(log)
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/bin/gzip")
        gzip.arguments = ["-t", log.path + ".1.gz"]
        try gzip.run()
        gzip.waitUntilExit()
        #expect(gzip.terminationStatus == 0)
    }

    @Test(arguments: [3, 10, 17, 34, 40])
    func `The last lines and those since a time are found in them`(count: Int) throws {
        let log = try LogFixture()
        _ = try filled(log, lines: 35)
        _ = compressAll(log)
        var tail = try log.reader(LogSelection(tail: count, follows: false))
        #expect(tail.texts() == expected(max(0, 35 - count)..<35))
        var since = try log.reader(LogSelection(since: Int64(35 - count) * 1_000_000_000, follows: false))
        #expect(since.texts() == expected(max(0, 35 - count)..<35))
    }

    @Test func `A file that somebody reads stays as it is until he has left it`() throws {
        let log = try LogFixture()
        let writer = try filled(log, lines: 5)
        var reader = try log.reader()
        #expect(reader.texts() == expected(0..<5))
        for number in 5..<25 { writer.write("\(number % 10)\n") }
        #expect(compressAll(log) == 1)
        #expect(try names(log) == ["", ".1.gz", ".2"])
        #expect(reader.texts() == expected(5..<25))
        #expect(compressAll(log) == 1)
        #expect(try names(log) == ["", ".1.gz", ".2.gz"])
    }

    @Test func `A reader that comes while a file is compressed keeps it`() throws {
        let log = try LogFixture()
        let writer = try filled(log, lines: 15)
        let compression = LogCompression(path: log.path)
        let job = try #require(compression.next())
        #expect(LogCompression.Job.run(job.source, job.target))
        var reader = try log.reader()
        let first = reader.next()
        #expect(first?.bytes == Array("0\n".utf8))
        compression.finish(job, isComplete: true)
        #expect(try names(log) == ["", ".1"])
        #expect(reader.texts() == expected(1..<15))
        writer.write("5\n")
        #expect(reader.texts() == ["5\n"])
    }

    @Test func `A file that moves while it is compressed is found where it is`() throws {
        let log = try LogFixture()
        let writer = try filled(log, lines: 15)
        let compression = LogCompression(path: log.path)
        let job = try #require(compression.next())
        #expect(LogCompression.Job.run(job.source, job.target))
        for number in 15..<35 { writer.write("\(number % 10)\n") }
        compression.finish(job, isComplete: true)
        #expect(try names(log) == ["", ".1", ".2", ".3.gz"])
    }

    @Test func `What became of a job that failed is removed`() throws {
        let log = try LogFixture()
        _ = try filled(log, lines: 15)
        let compression = LogCompression(path: log.path)
        let job = try #require(compression.next())
        compression.finish(job, isComplete: false)
        #expect(try names(log) == ["", ".1"])
    }

    @Test func `A file that was removed meanwhile doesn't come back`() throws {
        let log = try LogFixture()
        let writer = try filled(log, lines: 15, maxFile: 2)
        let compression = LogCompression(path: log.path)
        let job = try #require(compression.next())
        for number in 15..<35 { writer.write("\(number % 10)\n") }
        compression.finish(job, isComplete: LogCompression.Job.run(job.source, job.target))
        #expect(try names(log) == ["", ".1"])
    }

    @Test func `A damaged file is read as far as it is sound`() throws {
        let log = try LogFixture()
        _ = try filled(log, lines: 15)
        _ = compressAll(log)
        try Data("no gzip at all".utf8).write(to: URL(filePath: log.path + ".1.gz"))
        var reader = try log.reader()
        #expect(reader.texts() == expected(10..<15))
    }
}
