// Times of log lines, as text and as nanoseconds.
import ContainerLog
import Testing

@Suite struct LogTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z"),
        (1_704_067_200_123_456_789, "2024-01-01T00:00:00.123456789Z", "2024-01-01T00:00:00.123456789Z"),
        (1_709_210_096_100_000_000, "2024-02-29T12:34:56.1Z", "2024-02-29T12:34:56.100000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"),
        (4_107_542_399_000_000_010, "2100-02-28T23:59:59.00000001Z", "2100-02-28T23:59:59.000000010Z"),
        (Int64.max, "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775807Z"),
    ])
    func `Times are written as Go writes them`(nanoseconds: Int64, trimmed: String, fixed: String) {
        #expect(LogTime.string(nanoseconds) == trimmed)
        #expect(LogTime.string(nanoseconds, .fixed) == fixed)
        #expect(LogTime.parse(trimmed) == nanoseconds)
        #expect(LogTime.parse(fixed) == nanoseconds)
    }

    @Test(arguments: [
        ("2024-01-01T01:00:00+01:00", 1_704_067_200_000_000_000),
        ("2023-12-31T19:30:00.5-04:30", 1_704_067_200_500_000_000),
        ("2024-01-01t00:00:00.1234567899z", 1_704_067_200_123_456_789),
    ])
    func `Offsets and long fractions are understood`(text: String, nanoseconds: Int64) {
        #expect(LogTime.parse(text) == nanoseconds)
    }

    @Test(arguments: [
        "", "2024", "2024-01-01", "2024-01-01T00:00:00", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zx", "2024-01-01 00:00:00Z", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z",
        "2024-01-01T00:00:00*01:00", "２024-01-01T00:00:00Z",
    ])
    func `What is no time, or doesn't fit, is refused`(text: String) {
        #expect(LogTime.parse(text) == nil)
    }

    @Test func `Every day of four centuries survives the round trip`() {
        let day: Int64 = 86_400_000_000_000
        for number in stride(from: Int64(-60_000), to: 86_000, by: 1) {
            let time = number * day + 1
            guard LogTime.parse(LogTime.string(time)) == time else {
                Issue.record("day \(number)")
                return
            }
        }
    }
}
