// Messages byte by byte, as the services' protocols say.
import ContainerLog
import Contracts
import Glibc
import Testing

@testable import ShimServer

@Suite struct RemoteLogFormatTests {
    private static let time: Int64 = 1_700_000_000_123_456_789

    private func message(
        _ format: RemoteLog.Format, _ words: String, _ stream: LogStream = .stdout, tcp: Bool = false, part: LinePart? = nil
    ) -> [UInt8] {
        let spec = RemoteLog(
            format: format, transport: tcp ? .tcp : .udp, address: "", hostname: "host", containerID: String(repeating: "ab", count: 32),
            containerName: "box", imageID: "sha256:1", imageName: "image", command: "run \"it\"", tag: "tag", createdAt: 0,
            attributes: ["a.b": "c"])
        var format = RemoteLogFormat(spec: spec)
        format.pid = 42
        return Array(words.utf8).withUnsafeBufferPointer { format.message($0, stream, at: Self.time, part: part) }
    }

    private func text(
        _ format: RemoteLog.Format, _ words: String, _ stream: LogStream = .stdout, tcp: Bool = false, part: LinePart? = nil
    ) -> String {
        String(decoding: message(format, words, stream, tcp: tcp, part: part), as: UTF8.self)
    }

    @Test func syslog() {
        let stamp = LogClock.stamp(Self.time)
        #expect(text(.syslog, "hi\n") == "<30>\(stamp) tag[42]: hi\n")
        #expect(text(.rfc3164, "hi\n", .stderr) == "<27>\(stamp) host tag[42]: hi\n")
        #expect(text(.rfc5424, "hi\n") == "<30>1 2023-11-14T22:13:20Z host tag 42 tag - hi\n")
        #expect(text(.rfc5424micro, "hi\n") == "<30>1 2023-11-14T22:13:20.123456Z host tag 42 tag - hi\n")
        #expect(text(.syslog, "\n") == "")
    }

    @Test func journal() {
        let entry = text(.journald, "two\u{1}", part: LinePart(id: "1f", ordinal: 2, isLast: false))
        #expect(entry.hasPrefix("MESSAGE=two\u{1}\nPRIORITY=6\nCONTAINER_ID=abababababab\n"))
        #expect(entry.contains("\nCONTAINER_NAME=box\n") && entry.contains("\nCONTAINER_PARTIAL_MESSAGE=true\n"))
        #expect(entry.contains("\nCONTAINER_PARTIAL_ID=1f\nCONTAINER_PARTIAL_ORDINAL=2\nCONTAINER_PARTIAL_LAST=false\n"))
        let last = text(.journald, "end\n", part: LinePart(id: "1f", ordinal: 3, isLast: true))
        #expect(last.contains("\nCONTAINER_PARTIAL_LAST=true\n") && !last.contains("CONTAINER_PARTIAL_MESSAGE"))
        #expect(text(.journald, "\n").hasPrefix("MESSAGE=\nPRIORITY=6\n"), "a blank line is one of a stack trace's")
        #expect(entry.hasSuffix("\nA_B=c\n"))
        let multiline = message(.journald, "a\nb\n")
        let length: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0]
        let start: [UInt8] = Array("MESSAGE\n".utf8) + length + Array("a\nb\nPRIORITY".utf8)
        #expect(multiline.starts(with: start))
        #expect(JournalEntry.fieldName("_1x-y") == "X_Y" && JournalEntry.fieldName("__") == nil)
    }

    @Test func fluentd() {
        let bytes = message(.fluentd, "hi\n")
        let tag: [UInt8] = [0x93, 0xa3] + Array("tag".utf8)
        let time: [UInt8] = [0xce, 0x65, 0x53, 0xf1, 0x00]
        let record: [UInt8] = [0x85, 0xac] + Array("container_id".utf8)
        #expect(bytes.starts(with: tag + time + record))
        let end: [UInt8] = [0xa3] + Array("log".utf8) + [0xa2] + Array("hi".utf8)
        #expect(Array(bytes.suffix(7)) == end)
        let blank: [UInt8] = [0xa3] + Array("log".utf8) + [0xa0]
        #expect(Array(message(.fluentd, "\n").suffix(5)) == blank)
        let part = text(.fluentd, "x\n", part: LinePart(id: "1f", ordinal: 9, isLast: true))
        let told = ["partial_message", "true", "partial_id", "1f", "partial_ordinal", "9", "partial_last", "true"]
        #expect(part.contains(told.joined(separator: "\u{fffd}")))
        let long = message(.fluentd, String(repeating: "x", count: 300) + "\n")
        #expect(Array(long.suffix(303).prefix(3)) == [0xda, 0x01, 0x2c])
    }

    @Test func partsOfALineAreCounted() {
        var counter = LinePartCounter()
        #expect(counter.next(isTerminated: true) == nil)
        let parts = [false, false, true].compactMap { counter.next(isTerminated: $0) }
        #expect(parts.map(\.ordinal) == [1, 2, 3] && parts.map(\.isLast) == [false, false, true])
        #expect(Set(parts.map(\.id)).count == 1 && parts[0].id.count == 64)
        #expect(counter.next(isTerminated: true) == nil)
        #expect(counter.next(isTerminated: false)?.id != parts[0].id)
    }

    @Test func gelf() {
        let json = text(.gelf, "say \"hi\"\u{7}\n", .stderr)
        #expect(json.hasPrefix(#"{"version":"1.1","host":"host","short_message":"say \"hi\"\u0007","timestamp":1700000000.123,"level":3,"#))
        #expect(json.hasSuffix(#""_created":"1970-01-01T00:00:00.000000000Z","_a.b":"c"}"#))
        #expect(message(.gelf, "hi\n", tcp: true).last == 0)
    }

    @Test func gelfInChunks() {
        #expect(GelfEntry.datagrams([1, 2], id: 1) == [[1, 2]])
        let message = (0..<5000).map { UInt8($0 % 251) }
        let chunks = GelfEntry.datagrams(message, id: 7)
        #expect(chunks.count == 4 && chunks.allSatisfy { $0.count <= GelfEntry.chunkBytes })
        #expect(chunks.map { $0.prefix(12).suffix(2) } == [[0, 4], [1, 4], [2, 4], [3, 4]])
        #expect(chunks.flatMap { $0.dropFirst(12) } == message)
        #expect(GelfEntry.datagrams([UInt8](repeating: 0, count: 200_000), id: 1).isEmpty)
    }

    @Test func theQueueDropsTheOldestButNotWhatIsOnItsWay() {
        var queue = MessageQueue()
        #expect(queue.append([[1, 1, 1], [2, 2]], limit: 6) == 0)
        queue.removeFirst(1)
        #expect(queue.append([[3, 3, 3]], limit: 6) == 1)
        #expect(queue.first == [1, 1])
        queue.removeFirst(2)
        #expect(queue.first == [3, 3, 3])
        queue.removeFirst(1)
        queue.restartFirst()
        #expect(queue.first == [3, 3, 3] && queue.count == 3)
        queue.removeFirst(3)
        #expect(queue.isEmpty && queue.count == 0)
    }
}
