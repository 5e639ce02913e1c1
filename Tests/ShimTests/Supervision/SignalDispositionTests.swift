// Whether a container's first process hears a signal.
import Testing

@testable import ShimServer

@Suite struct SignalDispositionTests {
    private static let none = "0000000000000000"

    private func disposition(
        ids: String, ignored: String = none, caught: String = none, blocked: String = none, call: String = "running"
    ) -> SignalDisposition? {
        SignalDisposition(
            status: "Name:\tsh\nPid:\t77\nNSpid:\t\(ids)\nSigBlk:\t\(blocked)\nSigIgn:\t\(ignored)\nSigCgt:\t\(caught)\n", call: call)
    }

    @Test func `The first of a namespace hears what it has a handler for`() throws {
        let plain = try #require(disposition(ids: "77\t1"))
        #expect(!plain.heeds(15) && !plain.heeds(2) && !plain.heeds(64) && plain.heeds(9) && plain.heeds(19))
        let handler = try #require(disposition(ids: "77\t1", caught: "0000000000004002"))
        #expect(handler.heeds(15) && handler.heeds(2) && !handler.heeds(1))
    }

    @Test func `Others hear what they don't ignore`() throws {
        let plain = try #require(disposition(ids: "77"))
        #expect(plain.heeds(15))
        let ignoring = try #require(disposition(ids: "77\t12", ignored: "0000000000004000"))
        #expect(!ignoring.heeds(15) && ignoring.heeds(2))
    }

    @Test func `A blocked signal waits to be taken`() throws {
        let blocking = try #require(disposition(ids: "77\t1", ignored: "0000000000000002", blocked: "0000000000004002"))
        #expect(blocking.heeds(15) && blocking.heeds(2) && !blocking.heeds(1))
        let waiting = try #require(disposition(ids: "77\t1", call: "177 0x7ffd 0x0 0x0 0x8 0x0 0x0 0x7ffd 0x4e"))
        #expect(waiting.heeds(15) && waiting.heeds(1))
        let reading = try #require(disposition(ids: "77\t1", call: "0 0x177 0x128 0x137 0x8 0x0 0x0 0x7ffd 0x4e"))
        #expect(!reading.heeds(15))
    }

    @Test func `Other texts say nothing`() {
        #expect(SignalDisposition(status: "") == nil)
        #expect(SignalDisposition(status: "SigBlk:\t0\nSigIgn:\tx\nSigCgt:\t0\n") == nil)
    }
}
