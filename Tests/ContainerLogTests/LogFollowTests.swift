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

    @Test func `A reader overtaken by rotation goes on with what is left`() throws {
        let log = try LogFixture()
        let writer = try log.writer(maxSize: 100, maxFile: 2)
        writer.write("0\n")
        var reader = try log.reader()
        #expect(reader.texts() == ["0\n"])
        for number in 1..<50 { writer.write("\(number)\n") }
        let texts = reader.texts()
        // Line 1 went to the file that the reader holds open; the files between that one and the last two are gone.
        #expect(texts.first == "1\n")
        #expect(texts.dropFirst() == (51 - texts.count..<50).map { "\($0)\n" }[...])
        #expect(texts.count > 2)
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
