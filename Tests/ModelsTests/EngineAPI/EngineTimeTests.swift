// Times on the wire.
import Models
import Testing

@Suite("Engine times") struct EngineTimeTests {
    static let pairs: [(Int64?, String)] = [
        (nil, "0001-01-01T00:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (1_500_000_000, "1970-01-01T00:00:01.5Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (1_709_251_199_123_456_000, "2024-02-29T23:59:59.123456Z"),
        (4_102_444_800_000_000_000, "2100-01-01T00:00:00Z"),
        (9_223_372_036_854_775_807, "2262-04-11T23:47:16.854775807Z"),
    ]

    @Test(arguments: pairs) func timesGoBothWays(_ nanoseconds: Int64?, _ text: String) {
        #expect(EngineTime(nanoseconds: nanoseconds).rfc3339 == text)
        #expect(EngineTime(rfc3339: text)?.nanoseconds == nanoseconds)
    }

    @Test func theFirstTimeIsShown() {
        #expect(EngineTime(nanoseconds: .min).rfc3339 == "1677-09-21T00:12:43.145224192Z")
    }

    @Test(
        arguments: [
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T22:30:00-01:30", 0), ("1970-01-01t00:00:01z", 1_000_000_000),
            ("1970-01-01 00:00:01Z", 1_000_000_000), ("1970-01-01T00:00:00.120Z", 120_000_000),
        ] as [(String, Int64)])
    func otherFormsAreRead(_ text: String, _ nanoseconds: Int64) {
        #expect(EngineTime(rfc3339: text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "", "1970-01-01", "1970-01-01T00:00:00", "1970-02-30T00:00:00Z", "1970-13-01T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.0000000000Z", "1970-01-01T00:00:00Zx", "2262-04-11T23:47:17Z", "x970-01-01T00:00:00Z",
        "1970-01-01T00:00:00+1:00",
    ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(EngineTime(rfc3339: text) == nil)
    }

    @Test func everyDayOfFourCenturiesIsTheNext() throws {
        let day: Int64 = 86_400_000_000_000
        var previous = ""
        for number in stride(from: Int64(-60_000), through: 86_097, by: 1) {
            let text = EngineTime(nanoseconds: number * day).rfc3339
            #expect(text > previous && EngineTime(rfc3339: text)?.nanoseconds == number * day)
            previous = text
        }
    }

    @Test func anythingElseInJSONIsAnError() {
        #expect(throws: DecodingError.self) { try JSON.decode([EngineTime].self, #"["yesterday"]"#) }
        #expect(throws: DecodingError.self) { try JSON.decode([EngineTime].self, "[5]") }
    }
}
