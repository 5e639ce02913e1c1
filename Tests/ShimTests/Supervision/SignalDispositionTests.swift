// Whether a container's first process hears a signal.
import Testing

@testable import ShimServer

@Suite struct SignalDispositionTests {
    private func disposition(ids: String, ignored: String = "0000000000000000", caught: String = "0000000000000000") -> SignalDisposition? {
        SignalDisposition(status: "Name:\tsh\nPid:\t77\nNSpid:\t\(ids)\nSigIgn:\t\(ignored)\nSigCgt:\t\(caught)\n")
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

    @Test func `Other texts say nothing`() {
        #expect(SignalDisposition(status: "") == nil)
        #expect(SignalDisposition(status: "SigIgn:\tx\nSigCgt:\t0\n") == nil)
    }
}
