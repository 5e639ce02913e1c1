// Signals by name and number.
import Contracts
import RPC
import Testing

@Suite struct SignalNameTests {
    @Test(
        arguments: [
            ("TERM", 15), ("SIGTERM", 15), ("sigkill", 9), ("9", 9), ("64", 64), ("RTMIN", 34), ("RTMIN+3", 37), ("RTMIN+20", 54),
            ("SIGRTMAX-1", 63), ("winch", 28), ("STOP", 19), ("iot", 6), ("CLD", 17), ("POLL", 29),
        ] as [(String, Int32)])
    func areRead(text: String, number: Int32) throws {
        #expect(try SignalName.parse(text) == number)
    }

    @Test(arguments: ["", "0", "-1", "65", "SIG", "NOPE", "RTMIN+31", "RTMAX-31", "RTMIN+", "RTMIN-1", "9x"])
    func othersAreNot(text: String) {
        #expect(throws: RPCError(.invalidParameter, "invalid signal: \(text)")) { try SignalName.parse(text) }
    }

    /// The kernel's library keeps 32 and 33 for itself: they have no names.
    @Test(arguments: 1...64 as ClosedRange<Int32>) func theNameOfEachIsRead(signal: Int32) throws {
        #expect(try SignalName.parse(SignalName.name(of: signal)) == signal)
    }

    @Test func names() {
        #expect([1, 15, 31, 33, 37].map(SignalName.name(of:)) == ["HUP", "TERM", "SYS", "33", "RTMIN+3"])
    }
}
