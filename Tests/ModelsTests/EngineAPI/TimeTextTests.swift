// Times and durations as clients write them, and that none is too large to be read.
import Models
import Testing

@Suite struct TimeTextTests {
    private static let now: Int64 = 100_000_000_000

    @Test(
        arguments: [
            ("5", 5_000_000_000), ("5.000000001", 5_000_000_001), ("5.5", 5_500_000_000), ("10s", 90_000_000_000),
            ("1m30s", 10_000_000_000),
            ("1970-01-01T00:00:07Z", 7_000_000_000), ("1970-01-01T00:00:07.25", 7_250_000_000), ("1970-01-01T00:01", 60_000_000_000),
            ("1970-01-02", 86_400_000_000_000), ("1970-01-01T01:00:00+01:00", 0), ("0", 0),
        ] as [(String, Int64)])
    func times(_ text: String, _ nanoseconds: Int64) {
        #expect(TimeText.parse(text, now: Self.now) == nanoseconds)
    }

    @Test func timesBeyondTheEndAreTheEnd() {
        #expect(TimeText.parse("9223372037", now: Self.now) == .max)
        #expect(TimeText.parse("-9223372037", now: Self.now) == .min)
        #expect(TimeText.parse("2500000h", now: .min) == .min && TimeText.parse("-2500000h", now: .max) == .max)
    }

    @Test(arguments: ["", "soon", "5.", "5.0000000001", "1970-13-01", "99999999999999999999"])
    func whatIsNoTime(_ text: String) {
        #expect(TimeText.parse(text, now: Self.now) == nil)
    }

    @Test(
        arguments: [
            ("1h", 3_600_000_000_000), ("1.5s", 1_500_000_000), ("-2ms", -2_000_000), ("3us", 3_000), ("3µs", 3_000),
            ("1h1m1s1ns", 3_661_000_000_001), ("0", 0),
        ] as [(String, Int64)])
    func durations(_ text: String, _ nanoseconds: Int64) {
        #expect(GoDuration.parse(text) == nanoseconds)
    }

    @Test(arguments: ["", "-", "5", "h", "5x", "1h5", "99999999h", "999999h999999h999999h", "1..5s", "1d"]) func whatIsNoDuration(
        _ text: String
    ) {
        #expect(GoDuration.parse(text) == nil)
    }
}
