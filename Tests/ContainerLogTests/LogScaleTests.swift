// A large log costs what is read of it. BERTH_TEST_LOG_BYTES sets how large it is.
import ContainerLog
import Foundation
import Testing

@Suite struct LogScaleTests {
    private static let bytes = ProcessInfo.processInfo.environment["BERTH_TEST_LOG_BYTES"].flatMap(Int64.init) ?? 16 << 20
    private static let second: Int64 = 1_000_000_000

    /// A thousand lines a second, each numbered. Returns how many.
    private func fill(_ writer: LogWriter) -> Int64 {
        let words = String(repeating: "w", count: 900)
        var (written, number) = (Int64(0), Int64(0))
        while written < Self.bytes {
            let batch = (Int64(0)..<100).map { "\(number + $0) \(words)\n" }.joined()
            writer.write(batch, at: number * Self.second / 1000)
            number += 100
            written += Int64(batch.utf8.count)
        }
        return number
    }

    @Test func `The first entry since a time, and the last ones, are found at once`() throws {
        let log = try LogFixture()
        let lines = fill(try log.writer())
        for since in [lines / 2, lines - 2000] {
            let start = ContinuousClock.now
            var reader = try log.reader(LogSelection(since: since * Self.second / 1000, follows: false))
            let found = reader.next()
            let first = try #require(found)
            print("a log of \(Self.bytes >> 20) MiB: first entry since \(since) of \(lines) after \(start.duration(to: .now))")
            // All lines of a batch carry its time.
            #expect(String(decoding: first.bytes.prefix { $0 != 32 }, as: UTF8.self) == "\((since + 99) / 100 * 100)")
        }
        let start = ContinuousClock.now
        var tail = try log.reader(LogSelection(tail: 10, follows: false))
        #expect(tail.texts().count == 10)
        print("a log of \(Self.bytes >> 20) MiB: its last 10 entries after \(start.duration(to: .now))")
    }
}
