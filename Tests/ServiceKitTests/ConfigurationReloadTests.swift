// Which keys take effect while the engine runs.
import ServiceKit
import Testing

@Suite struct ConfigurationReloadTests {
    @Test func whatTakesEffectAtOnceIsTakenOver() {
        var configuration = EngineConfiguration(), other = EngineConfiguration()
        other.labels = ["a=2"]
        other.debug = true
        other.logLevel = "warn"
        other.registries.insecure = ["10.1.2.3:5000"]
        other.registries.concurrentDownloads = 9
        other.containers.shmSize = 1 << 20
        other.containers.ipcMode = "shareable"
        other.containers.cgroupnsMode = "host"
        #expect(configuration.reload(other) == [])
        #expect(configuration == other)
    }

    @Test func theRestIsNamedAndStaysAsItWas() {
        var configuration = EngineConfiguration(), other = EngineConfiguration()
        other.idle = ["shutdown-timeout": .number(5)]
        #expect(configuration.reload(other) == [], "what has no effect needs no restart for it")
        other.mtu = 1400
        other.bridge = "other0"
        other.containers.logDriver = "local"
        for _ in 1...2 { #expect(configuration.reload(other) == ["bridge", "log-driver", "mtu"]) }
        #expect(configuration == EngineConfiguration())
        #expect(configuration.reload(EngineConfiguration()) == [], "what was never taken over is no change")
    }
}
