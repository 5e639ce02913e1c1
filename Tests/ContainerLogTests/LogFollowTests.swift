// Following a log while it is written and rotated.
import ContainerLog
import Foundation
import Synchronization
import Testing

@Suite struct LogFollowTests {
    @Test(arguments: [Int64(400), 5_000, 60_000])
    func `Each line is read once while another thread writes and rotates`(maxSize: Int64) throws {
        let log = try LogFixture()
        let path = log.path
        let count = 3_000
        // As many lines as the files kept can hold may be written ahead of the reader, no more.
        let progress = Atomic<Int>(0)
        let lead = Int(maxSize) * 3 / 80
        try withExtendedLifetime(log) {
            var reader = try log.reader()
            try ConcurrentWriter.run {
                let writer = try LogWriter(path: path, limits: LogLimits(maxSize: maxSize, maxFile: 6))
                for number in 0..<count {
                    while number - progress.load(ordering: .acquiring) > lead { sched_yield() }
                    writer.write("\(number)\n", at: Int64(number))
                }
            } whileReading: {
                var expected = 0
                while expected < count {
                    guard let entry = reader.next() else {
                        sched_yield()
                        continue
                    }
                    guard entry.timeNanoseconds == Int64(expected) else {
                        Issue.record("line \(entry.timeNanoseconds) came instead of \(expected)")
                        progress.store(count, ordering: .releasing)
                        return
                    }
                    expected += 1
                    progress.store(expected, ordering: .releasing)
                }
            }
            #expect(reader.next() == nil)
            #expect(reader.corruptLines == 0)
        }
    }

    /// Lines of ten bytes, twenty files of six lines: what the log keeps is long gone when the reader comes to it.
    @Test(arguments: [1, 3, 20] as [Int32]) func `A reader that is far behind loses nothing`(maxFile: Int32) throws {
        let log = try LogFixture()
        let writer = try log.writer(maxSize: 400, maxFile: maxFile)
        writer.write("0\n")
        var reader = try log.reader()
        let first = reader.next()
        #expect(first?.bytes == Array("0\n".utf8))
        for number in 1..<1_000 { writer.write("\(number)\n") }
        #expect(reader.texts() == (1..<1_000).map { "\($0)\n" })
    }

    @Test func `Files are kept for a reader no longer than it needs them`() throws {
        let log = try LogFixture()
        let file = try RotatingFile(path: log.path, limits: LogLimits(maxSize: 400, maxFile: 3))
        let writer = LogWriter(sink: file)
        writer.write("0\n")
        var reader = try log.reader()
        _ = reader.next()
        for number in 1..<200 { writer.write("\(number)\n") }
        #expect(log.contents(".20") != nil)
        #expect(!file.removeSurplus())
        #expect(log.contents(".20") != nil)
        _ = reader.texts()
        #expect(file.removeSurplus())
        #expect(log.contents(".2") != nil)
        #expect(log.contents(".3") == nil)
        #expect(log.contents(".20") == nil)
    }

    @Test func `A reader that never goes on keeps a bounded number of files`() throws {
        let log = try LogFixture()
        // Seven lines a file: three files are kept beyond the limit.
        let writer = try LogWriter(path: log.path, limits: LogLimits(maxSize: 400, maxFile: 2, spareBytes: 1200))
        for number in 0..<5 { writer.write("\(number)\n") }
        var reader = try log.reader()
        _ = reader.next()
        let count = { try FileManager.default.contentsOfDirectory(atPath: log.directory).count }
        for number in 5..<29 { writer.write("\(number)\n") }
        #expect(try count() == 5)
        for number in 29..<40 { writer.write("\(number)\n") }
        #expect(try count() == 2)
        // What it holds is still there, and after it comes the oldest that is left.
        let texts = reader.texts()
        #expect(texts.prefix(4) == ["1\n", "2\n", "3\n", "4\n"] && texts.count < 20)
    }
}

/// Runs a writer on a thread of its own while the caller reads.
private enum ConcurrentWriter {
    static func run(_ write: @escaping @Sendable () throws -> Void, whileReading read: () -> Void) throws {
        let failure = Mutex<String?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try write() } catch { failure.withLock { $0 = "\(error)" } }
            done.signal()
        }
        read()
        done.wait()
        #expect(failure.withLock { $0 } == nil)
    }
}
