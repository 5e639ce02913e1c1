// The shim as it is linked.
import Foundation
import Glibc
import Testing
import TestSupport

@Suite struct ShimBinaryTests {
    private var shim: String { "\(BuildProducts.directory)/berth-shim" }

    @Test func isStatic() async throws {
        let headers = try await Command("/usr/bin/readelf", ["--program-headers", shim]).run()
        #expect(headers.code == 0)
        #expect(!headers.text.contains("INTERP"), "berth-shim asks for a dynamic loader")
    }

    @Test func hasNoFoundation() async throws {
        let symbols = try await Command("/usr/bin/nm", ["--defined-only", shim]).run()
        #expect(symbols.code == 0)
        let found = symbols.text.split(separator: "\n").filter { $0.contains("10Foundation") || $0.contains("FoundationEssentials") }
        #expect(found.prefix(3) == [])
    }
}
