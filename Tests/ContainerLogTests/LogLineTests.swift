// One line of a log, written and read back.
import Testing

@testable import ContainerLog

@Suite struct LogLineTests {
    private func encode(_ bytes: [UInt8], _ stream: LogStream = .stdout, at time: Int64 = 0, attributes: [String: String] = [:]) -> String {
        var line: [UInt8] = []
        var encoder = LogLineEncoder(attributes: attributes)
        bytes.withUnsafeBufferPointer { encoder.append($0, stream, at: time, to: &line) }
        return String(decoding: line, as: UTF8.self)
    }

    private func decode(_ text: String) -> LogEntry? {
        Array(text.utf8).withUnsafeBufferPointer { LogLineDecoder.decode($0) }
    }

    /// What is skipped by its time alone has the time that decoding finds.
    @Test(arguments: [
        #"{"log":"hello\n","stream":"stdout","time":"2024-01-01T00:00:00.123456789Z"}"#,
        #"{"log":"\"time\":\"1\"}","stream":"stderr","attrs":{"a":"b"},"time":"1970-01-01T00:00:01Z"}"#,
    ])
    func `The time at the end is the entry's`(line: String) {
        let time = Array(line.utf8).withUnsafeBufferPointer { LogLineDecoder.time(atEndOf: $0) }
        #expect(time != nil && time == decode(line)?.timeNanoseconds)
    }

    @Test(arguments: [
        "", "}", #""}"#, #"{"time":"x"}"#, #"{"log":"time\":\"1970-01-01T00:00:01Z"}"#, #"{"time":"1970-01-01T00:00:01Z","log":"x"}"#,
    ])
    func `Lines of others have no time at their end`(line: String) {
        #expect(Array(line.utf8).withUnsafeBufferPointer { LogLineDecoder.time(atEndOf: $0) } == nil)
    }

    @Test func `Times and streams change from line to line`() {
        var (line, encoder) = ([UInt8](), LogLineEncoder())
        for (stream, time) in [(LogStream.stdout, Int64(0)), (.stderr, 0), (.stderr, 1_000_000_000), (.stdout, 0)] {
            Array("x".utf8).withUnsafeBufferPointer { encoder.append($0, stream, at: time, to: &line) }
        }
        let entries = String(decoding: line, as: UTF8.self).split(separator: "\n").compactMap { decode(String($0)) }
        #expect(entries.map(\.stream) == [.stdout, .stderr, .stderr, .stdout])
        #expect(entries.map(\.timeNanoseconds) == [0, 0, 1_000_000_000, 0])
    }

    /// Characters in every place of a block, and around its end.
    @Test(arguments: ["\"", "\\", "<", ">", "&", "\u{1}", "é", "\u{2028}", "~"])
    func `A character is escaped wherever it stands`(character: String) {
        let alone = encode(Array(character.utf8)).dropFirst(#"{"log":""#.count).prefix { $0 != "," }.dropLast()
        for place in 0..<40 {
            let (before, after) = (String(repeating: "a", count: place), String(repeating: "b", count: 40 - place))
            #expect(encode(Array((before + character + after).utf8)).hasPrefix(#"{"log":""# + before + alone + after + "\""))
        }
    }

    @Test func `A line looks as dockerd's`() {
        #expect(
            encode(Array("hello\n".utf8), at: 1_704_067_200_123_456_789)
                == #"{"log":"hello\n","stream":"stdout","time":"2024-01-01T00:00:00.123456789Z"}"# + "\n")
        #expect(
            encode(Array("x".utf8), .stderr, attributes: ["b": "<2>", "a": "\"1"])
                == #"{"log":"x","stream":"stderr","attrs":{"a":"\"1","b":"\u003c2\u003e"},"time":"1970-01-01T00:00:00Z"}"# + "\n")
    }

    @Test(arguments: [
        ([UInt8]("a\"b\\c".utf8), #"a\"b\\c"#),
        (Array("<&>".utf8), #"\u003c\u0026\u003e"#),
        (Array("\r\n\t\u{0}\u{1b}\u{7f}".utf8), #"\r\n\u0009\u0000\u001b"# + "\u{7f}"),
        (Array("é€😀".utf8), "é€😀"),
        (Array("\u{2028}\u{2029}\u{2027}".utf8), #"\u2028\u2029"# + "\u{2027}"),
        ([0xff, 0x41], #"\ufffdA"#),
        ([0xc0, 0xaf], #"\ufffd\ufffd"#),
        ([0xe2, 0x82], #"\ufffd\ufffd"#),
        ([0xed, 0xa0, 0x80], #"\ufffd\ufffd\ufffd"#),
        ([0xf4, 0x90, 0x80, 0x80], #"\ufffd\ufffd\ufffd\ufffd"#),
        ([0xf0, 0x9f, 0x98, 0x80], "😀"),
    ])
    func `Strings are escaped as Go's encoder does`(bytes: [UInt8], escaped: String) {
        #expect(encode(bytes).hasPrefix(#"{"log":""# + escaped + #"","stream":"#))
    }

    @Test func `What was written is read`() throws {
        let text = "tab\t quote\" 😀 \u{2028} <tag> \u{1}\n"
        let entry = try #require(decode(String(encode(Array(text.utf8), .stderr, at: 7, attributes: ["k": "v\n"]).dropLast())))
        #expect(entry == LogEntry(stream: .stderr, bytes: Array(text.utf8), timeNanoseconds: 7, attrs: ["k": "v\n"]))
    }

    @Test(arguments: [
        (#"{"time":"1970-01-01T00:00:00Z","log":"x","stream":"stderr"}"#, "x"),
        (#" { "log" : "x" , "time" : "1970-01-01T00:00:00Z" } "#, "x"),
        (#"{"log":"\ud83d\ude00\u00e9\/","time":"1970-01-01T00:00:00Z"}"#, "😀é/"),
        (#"{"log":"\ud83d\u0041","time":"1970-01-01T00:00:00Z"}"#, "\u{FFFD}A"),
        (#"{"log":"\ude00","time":"1970-01-01T00:00:00Z"}"#, "\u{FFFD}"),
        (#"{"new":{"a":[1,true,null,"s",{}]},"log":"x","time":"1970-01-01T00:00:00Z","n":-1.5e3}"#, "x"),
        (#"{"time":"1970-01-01T00:00:00Z"}"#, ""),
    ])
    func `Any order and unknown keys are read`(line: String, text: String) throws {
        let entry = try #require(decode(line))
        #expect(String(decoding: entry.bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [
        "", "x", "{", "{}", #"{"log":"x"}"#, #"{"log":"x","time":"yesterday"}"#, #"{"log":"x","time":"1970-01-01T00:00:00Z""#,
        #"{"log":"x","stream":"stdlog","time":"1970-01-01T00:00:00Z"}"#, #"{"log":"\x","time":"1970-01-01T00:00:00Z"}"#,
        #"{"log":"\u12","time":"1970-01-01T00:00:00Z"}"#, #"{"log":3,"time":"1970-01-01T00:00:00Z"}"#,
        #"{"log":"x","time":"1970-01-01T00:00:00Z"}}"#, #"{"log":"x","time":"1970-01-01T00:00:00Z"}{"log"#,
        #"{"log":"x\",\"time\":\"1970-01-01T00:00:00Z\"}"#,
        #"{"a":"# + String(repeating: "[", count: 100_000), "\u{0}\u{0}\u{0}",
    ])
    func `What is no entry is none`(line: String) {
        #expect(decode(line) == nil)
    }

    @Test func `Every prefix of a line is no entry`() {
        let whole = encode(Array("some text\n".utf8), attributes: ["a": "b"]).dropLast()
        for length in 0..<whole.count where decode(String(whole.prefix(length))) != nil { Issue.record("prefix of \(length)") }
        #expect(decode(String(whole)) != nil)
    }
}
