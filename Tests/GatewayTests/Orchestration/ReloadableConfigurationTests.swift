// Which keys take effect while the engine runs.
import ServiceKit
import Testing

@testable import GatewayOrchestration

@Suite struct ReloadableConfigurationTests {
    @Test func labelsAndLevelsChangeAndTheRestIsNamed() {
        var configuration = EngineConfiguration()
        configuration.labels = ["a=1"]
        let reloadable = ReloadableConfiguration(configuration)
        #expect(reloadable.labels == ["a=1"] && !reloadable.debug)
        var other = configuration
        other.labels = ["a=2"]
        other.debug = true
        other.logLevel = "warn"
        #expect(reloadable.reload(other) == [])
        #expect(reloadable.labels == ["a=2"] && reloadable.debug)
        other.registries.insecure = ["10.1.2.3:5000"]
        other.registries.concurrentDownloads = 9
        #expect(reloadable.reload(other) == [] && reloadable.registries == other.registries)
        other.idle = ["shutdown-timeout": .number(5)]
        #expect(reloadable.reload(other) == [], "what has no effect needs no restart for it")
        other.mtu = 1400
        other.bridge = "other0"
        #expect(reloadable.reload(other) == ["bridge", "mtu"])
        #expect(reloadable.reload(configuration) == [], "what was never taken over is no change")
    }
}
