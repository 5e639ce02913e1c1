// dockerd's flags in berthctl up: what they change, and which of them are refused.
import ArgumentParser
import ServiceKit
import Testing

@testable import berthctl

@Suite struct DockerdFlagTests {
    private func configuration(_ arguments: [String]) throws -> EngineConfiguration {
        try DockerdFlags.parse(DockerdFlags.normalised(arguments)).applied(to: EngineConfiguration())
    }

    @Test func flagsGoIntoTheConfiguration() throws {
        let made = try configuration([
            "-H", "unix:///tmp/a.sock", "--host=tcp://127.0.0.1:2376", "-G", "docker", "-D", "--label", "a=b", "--mtu", "1400",
            "--tlsverify=true",
            "--tlscacert", "/ca", "--tlscert", "/cert", "--tlskey", "/key", "--metrics-addr", "127.0.0.1:9323", "--live-restore=true",
            "--userland-proxy=false", "--storage-driver", "overlay2", "--containerd", "/run/c.sock", "--tls=false",
            "--experimental=true",
        ])
        #expect(made.hosts == ["unix:///tmp/a.sock", "tcp://127.0.0.1:2376"])
        #expect(made.group == "docker" && made.debug && made.labels == ["a=b"] && made.mtu == 1400)
        #expect(made.tls == .init(isOn: false, verifiesClients: true, authority: "/ca", certificate: "/cert", key: "/key"))
        #expect(made.metricsAddress == "127.0.0.1:9323" && !made.userlandProxy && made.isExperimental)
    }

    @Test(arguments: [["--iptables=false"], ["--no-live-restore"], ["-s", "btrfs"], ["--tlsverify"]])
    func whatCannotBeIsRefused(_ arguments: [String]) {
        #expect(throws: ConfigurationError.self) { try configuration(arguments) }
    }

    @Test func aNoticeTellsOfWhatHasNoEffect() throws {
        #expect(try DockerdFlags.parse(["--containerd", "/x"]).notices.count == 1)
        #expect(try DockerdFlags.parse([]).notices.isEmpty)
    }
}
