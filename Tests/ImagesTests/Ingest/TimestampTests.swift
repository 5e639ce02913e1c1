// RFC 3339 both ways.
@testable import ImagesServer
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000_000),
            ("2000-03-01T00:00:00Z", 951_868_800_000_000_000),
            ("1969-12-31T23:59:59.000000001Z", -999_999_999), ("2026-11-21T12:00:00.123456789Z", 1_795_262_400_123_456_789),
            ("2100-12-31T00:00:00Z", 4_133_894_400_000_000_000),
        ] as [(String, Int64)])
    func roundTrips(_ text: String, _ nanoseconds: Int64) {
        #expect(Timestamp.parse(text) == nanoseconds)
        #expect(Timestamp.text(nanoseconds) == text)
    }

    @Test(
        arguments: [
            ("2024-01-01T02:00:00+02:00", 1_704_067_200_000_000_000), ("2023-12-31t22:30:00.10-01:30", 1_704_067_200_100_000_000),
        ] as [(String, Int64)])
    func readsZonesAndFractions(_ text: String, _ nanoseconds: Int64) {
        #expect(Timestamp.parse(text) == nanoseconds)
    }

    @Test(arguments: [
        "", "2024-01-01", "2024-01-01T00:00:00", "2024-13-01T00:00:00Z", "2024-01-01T25:00:00Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.1234567890Z", "2262-04-11T23:47:16.9Z",
        "2024-01-01T00:00:00+1:00", "xxxx-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
    ])
    func refuses(_ text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    /// Files may have any time.
    @Test(
        arguments: [
            (0, 0, 0), (1, 5, 1_000_000_005), (-1, 999_999_999, -1), (9_223_372_035, 999_999_999, 9_223_372_035_999_999_999),
            (9_223_372_036, 999_999_999, 9_223_372_036_000_000_000), (.max, 1, 9_223_372_036_000_000_000),
            (-9_223_372_035, 1, -9_223_372_034_999_999_999), (.min, 999_999_999, -9_223_372_036_000_000_000),
        ] as [(Int64, Int64, Int64)])
    func reachesAsFarAsItCan(_ seconds: Int64, _ fraction: Int64, _ nanoseconds: Int64) {
        #expect(Timestamp.clamped(seconds: seconds, nanoseconds: fraction) == nanoseconds)
    }
}

struct ChainIDTests {
    @Test func followsTheSpecification() {
        let first = ContentDigestFixture.digest("1"), second = ContentDigestFixture.digest("2"), third = ContentDigestFixture.digest("3")
        let chain = ChainID.all([first, second, third])
        #expect(chain[0] == first)
        #expect(chain[1] == .init(of: Array("\(first) \(second)".utf8)))
        #expect(chain[2] == .init(of: Array("\(chain[1]) \(third)".utf8)))
        #expect(ChainID.all([]).isEmpty)
    }
}
