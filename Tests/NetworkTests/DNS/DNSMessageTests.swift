// Messages written and read.
import Testing

@testable import NetworkServer

struct DNSMessageTests {
    @Test(arguments: ["", "web", "web.example.org", "_http._tcp.web", "a.b.c.d.e.f"])
    func namesAsText(text: String) throws {
        let name = try #require(DNSName(text))
        #expect(name.text == text)
        #expect(DNSName(text + ".") == name)
        #expect(name.labels.count == (text.isEmpty ? 0 : text.split(separator: ".").count))
    }

    @Test(arguments: ["a..b", ".a", String(repeating: "x", count: 64), String(repeating: "abcdefg.", count: 32) + "abcdefg"])
    func namesThatAreNone(text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test func theLongestName() throws {
        let name = try #require(DNSName([63, 63, 63, 61].map { String(repeating: "x", count: $0) }.joined(separator: ".")))
        #expect(name.wire.count == 255)
    }

    @Test func caseDoesNotMatter() throws {
        #expect(DNSName("WeB.Example")?.folded == DNSName("web.eXample")?.folded)
        #expect(DNSName("web")?.text == "web")
        #expect(DNSName(labels: [[0x61, 0x2e, 0x00]])?.text == "a\\.\\000")
    }

    @Test func namesAreCompressed() throws {
        let query = try DNSSamples.query("web.example.org")
        let answer = try DNSSamples.answer(to: query, addresses: 3)
        #expect(answer.bytes.count == query.bytes.count + 3 * 16)
        #expect(answer.answers.map(\.name.text) == ["web.example.org", "web.example.org", "web.example.org"])
        #expect(DNSSamples.addresses(answer) == ["192.0.2.0", "192.0.2.1", "192.0.2.2"])
        #expect(answer.answers.map(\.ttl) == [60, 60, 60])
    }

    @Test func pointersShareTails() throws {
        var writer = DNSWriter(DNSHeader(id: 1, flags: 0))
        let names = ["a.example.org", "b.Example.org", "example.org", "c.b.example.org"].compactMap { DNSName($0) }
        let start = writer.bytes.count
        for name in names { writer.name(name) }
        #expect(writer.bytes.count - start == 15 + 4 + 2 + 4)
        var reader = DNSReader(writer.bytes, at: start)
        let read = try names.map { _ in try reader.name().folded }
        #expect(read == names.map(\.folded))
    }

    @Test(arguments: [
        ([0xc0, 0x0c], DNSFormatError.pointer), ([0xc0, 0x0d], .pointer), ([0x01, 0x61, 0xc0, 0x0c], .pointer), ([0x40, 0x61], .labelKind),
        ([0x05, 0x61], .short), ([0xc0], .short), ([], .short),
    ])
    func brokenNames(bytes: [UInt8], error: DNSFormatError) {
        var reader = DNSReader([UInt8](repeating: 0, count: 12) + bytes, at: 12)
        #expect(throws: error) { _ = try reader.name() }
    }

    @Test func longNamesByPointersAreRefused() {
        let label = [63] + [UInt8](repeating: 0x61, count: 63)
        var bytes = label + [0]
        var previous = 0
        for _ in 0..<4 {
            let start = bytes.count
            bytes += label + [0xc0 | UInt8(previous >> 8), UInt8(previous & 0xff)]
            previous = start
        }
        var reader = DNSReader(bytes, at: previous)
        #expect(throws: DNSFormatError.longName) { _ = try reader.name() }
    }

    @Test func extensions() throws {
        #expect(try DNSSamples.query("web").extensions == nil)
        #expect(try DNSSamples.query("web", payload: 4096).extensions == DNSExtension(payload: 4096, version: 0, wantsSignatures: false))
        #expect(try DNSReply.datagramLimit(of: DNSSamples.query("web")) == 512)
        #expect(try DNSReply.datagramLimit(of: DNSSamples.query("web", payload: 100)) == 512)
        #expect(try DNSReply.datagramLimit(of: DNSSamples.query("web", payload: 1400)) == 1400)
    }

    @Test func answersThatDoNotFitAreCut() throws {
        let addresses = (0..<100).map { DNSAnswer.address(IPAddress(family: .v4, value: 0x0a00_0000 + UInt128($0))) }
        for payload in [nil, 800] as [UInt16?] {
            let query = try DNSSamples.query("web.backend", payload: payload)
            let limit = DNSReply.datagramLimit(of: query)
            let answer = try DNSMessage(parsing: DNSReply.make(to: query, .noError, addresses, limit: limit))
            #expect(answer.bytes.count <= limit && answer.bytes.count > limit - 16)
            #expect(answer.header.isTruncated && answer.answers.count < 100)
            #expect((answer.extensions != nil) == (payload != nil))
        }
        let whole = try DNSMessage(parsing: DNSReply.make(to: DNSSamples.query("web"), .noError, addresses, limit: 65535))
        #expect(!whole.header.isTruncated && whole.answers.count == 100)
    }

    @Test func ownAnswersHaveTheQuestion() throws {
        let query = try DNSSamples.query("WEB", id: 77, payload: 1232)
        let answer = try DNSMessage(parsing: DNSReply.make(to: query, .badVersion, limit: 512))
        #expect(answer.header.id == 77 && answer.header.isResponse)
        #expect(answer.header.flags & DNSHeader.Flag.recursionAvailable != 0)
        #expect(answer.questions == query.questions)
        #expect(answer.additionals.first?.ttl == 1 << 24)
        #expect(DNSReply.formatError(to: [1, 2, 0, 0]) == nil)
        #expect(DNSReply.formatError(to: answer.bytes) == nil)
        let error = try DNSMessage(parsing: try #require(DNSReply.formatError(to: Array(query.bytes[..<14]))))
        #expect(error.header.code == .formatError && error.header.id == 77)
    }

    @Test func passedOnAnswersAreTheClients() throws {
        let query = try DNSSamples.query("WeB.example", id: 9)
        let answer = try DNSSamples.answer(to: DNSSamples.query("web.example", id: 5), addresses: 40)
        let whole = try DNSMessage(parsing: DNSReply.pass(answer, to: query, limit: 65535))
        #expect(whole.header.id == 9 && whole.questions == query.questions && whole.answers.count == 40)
        #expect(whole.answers.last?.name == query.questions.first?.name)
        let cut = try DNSMessage(parsing: DNSReply.pass(answer, to: query, limit: 512))
        #expect(cut.header.isTruncated && cut.answers.isEmpty && cut.questions == query.questions)
    }
}
