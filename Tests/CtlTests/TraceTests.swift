// The timeline that berthctl trace draws.
import Testing

@testable import berthctl

@Suite struct TraceTests {
    private func step(_ name: String, _ start: Int64, _ end: Int64) -> TraceStep {
        TraceStep(name: name, service: "gateway", start: start * 1_000_000, end: end * 1_000_000, outcome: "done")
    }

    @Test func aPausePartsOperations() {
        let timeline = TraceTimeline([step("start", 1000, 1010), step("reserve", 0, 5), step("commit", 6, 20)])
        #expect(timeline.operations.map { $0.map(\.name) } == [["reserve", "commit"], ["start"]])
    }

    @Test func whyAStepFailedIsToldBelow() {
        var failed = step("network", 5, 20)
        (failed.outcome, failed.error) = ("failed", "the port is taken")
        let lines = TraceTimeline([step("reserve", 0, 5), failed]).text.split(separator: "\n")
        #expect(lines.count == 4 && lines[3] == "network failed: the port is taken")
    }

    @Test func linesTellWhenAndHowLong() {
        let text = TraceTimeline([step("reserve", 0, 5), step("commit", 5, 20)]).text
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(
            lines[1].hasPrefix("0.00ms") && lines[1].contains("5.00ms") && lines[1].contains("reserve") && lines[1].contains("##########"))
        #expect(lines[2].hasPrefix("5.00ms") && lines[2].contains("15.00ms"))
    }
}
