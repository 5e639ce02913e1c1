// Platforms: how users write them, and which image a host takes.
import Models
import Testing

struct OCIPlatformTests {
    static let host = OCIPlatform(os: "linux", architecture: "amd64")

    @Test(arguments: [
        ("linux/amd64", "linux/amd64"), ("linux/x86_64", "linux/amd64"), ("Linux/AArch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"), ("linux/arm/6", "linux/arm/v6"), ("linux/armhf", "linux/arm/v7"), ("linux", "linux/amd64"),
        ("arm64", "linux/arm64"), ("windows", "windows/amd64"), ("linux/riscv64", "linux/riscv64"), ("linux/amd64/v2", "linux/amd64/v2"),
    ])
    func parses(_ text: String, _ expected: String) {
        #expect(OCIPlatform(parsing: text, host: Self.host)?.description == expected)
    }

    @Test(arguments: ["", "/", "linux/", "linux//v7", "a/b/c/d", "linux/am d64", "foobar"])
    func refuses(_ text: String) {
        #expect(OCIPlatform(parsing: text, host: Self.host) == nil)
    }

    @Test(
        arguments: [
            ("linux/amd64", "linux/amd64", 0), ("linux/amd64", "linux/arm64", nil), ("linux/amd64", "windows/amd64", nil),
            ("linux/amd64", "linux/amd64/v3", nil), ("linux/amd64/v3", "linux/amd64", 2), ("linux/arm/v7", "linux/arm/v6", 1),
            ("linux/arm/v6", "linux/arm/v7", nil), ("linux/arm64", "linux/arm64/v8", 0),
        ] as [(String, String, Int?)])
    func measuresDistance(_ wanted: String, _ offered: String, _ expected: Int?) throws {
        let wanted = try #require(OCIPlatform(parsing: wanted, host: Self.host))
        let offered = try #require(OCIPlatform(parsing: offered, host: Self.host))
        #expect(wanted.distance(to: offered) == expected)
    }

    @Test func takesTheHighestVariantThatRuns() throws {
        let wanted = try #require(OCIPlatform(parsing: "linux/arm/v7", host: Self.host))
        let offered = ["linux/amd64", "linux/arm/v5", "linux/arm/v6", "linux/arm64"]
        let best = wanted.best(of: offered) { OCIPlatform(parsing: $0, host: Self.host) }
        #expect(best == "linux/arm/v6")
        #expect(wanted.best(of: ["linux/amd64"]) { OCIPlatform(parsing: $0, host: Self.host) } == nil)
    }
}
