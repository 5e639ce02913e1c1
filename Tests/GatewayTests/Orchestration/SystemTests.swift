// What the engine says of itself.
import Contracts
import Models
import RPC
import ServiceKit
import Testing

@testable import GatewayOrchestration

struct SystemTests {
    @Test func clientsGoByTheVersionOfDocker() async throws {
        let test = try TestEngine()
        let version = try await test.engine.version(context: .fresh())
        #expect(version.version == "29.0.0" && version.components.map(\.version) == ["29.0.0"])
        #expect(version.platform.name == "Berth \(EngineVersion.current)")
        #expect(version.components.first?.details["BerthVersion"] == EngineVersion.current)
        #expect(try await test.engine.info(context: .fresh()).serverVersion == "29.0.0")
        await test.close()
    }
}
