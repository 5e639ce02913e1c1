// What older clients get besides what is there: fields that later versions left out.
import Foundation
import Models
import Testing

@testable import GatewayAPI

@Suite("Views of older versions") struct LegacyViewTests {
    @Test(arguments: [
        ("1.41", ["\"Hostname\":\"\"", "\"Tty\":false", "\"Cmd\":null", "\"Container\":\"\"", "\"VirtualSize\":0"], [] as [String]),
        ("1.49", ["\"Hostname\":\"\"", "\"Labels\":null"], ["\"Container\":", "VirtualSize"]),
        ("1.51", ["\"User\":\"\"", "\"Volumes\":null"], ["Hostname", "\"Tty\""]),
        ("1.52", [], ["\"User\"", "\"Cmd\"", "Hostname", "VirtualSize"]),
    ])
    func imageConfigurations(_ version: String, _ present: [String], _ absent: [String]) async throws {
        try await TestServer.with { server in
            let text = try await server.send("GET", "/v\(version)/images/a/json").text
            for word in present { #expect(text.contains(word), "\(word) in \(text)") }
            for word in absent { #expect(!text.contains(word), "\(word) in \(text)") }
        }
    }

    @Test(arguments: [
        ("1.41", ["\"KernelMemory\":false", "AllowNondistributableArtifactsCIDRs\":[]", "\"Expected\":\"\""], ["FirewallBackend"]),
        ("1.48", ["\"Expected\":\"\""], ["FirewallBackend", "KernelMemory"]),
        ("1.49", ["FirewallBackend"], ["Expected", "AllowNondistributable"]),
    ])
    func info(_ version: String, _ present: [String], _ absent: [String]) async throws {
        try await TestServer.with { server in
            let text = try await server.send("GET", "/v\(version)/info").text
            for word in present { #expect(text.contains(word), "\(word) in \(text)") }
            for word in absent { #expect(!text.contains(word), "\(word) in \(text)") }
        }
    }

    @Test func devicesAreToldFrom150() throws {
        var info = SystemInfo()
        info.discoveredDevices = [DeviceInfo(source: "cdi", id: "a.com/b=c")]
        info.cdiSpecDirs = ["/etc/cdi"]
        let seen = info.seen(by: APIVersion(1, 49))
        #expect(seen.discoveredDevices.isEmpty && seen.cdiSpecDirs == ["/etc/cdi"])
        #expect(info.seen(by: APIVersion(1, 50)).discoveredDevices == info.discoveredDevices)
        let text = String(decoding: try JSONEncoder().encode(seen), as: UTF8.self)
        #expect(!text.contains("DiscoveredDevices"))
    }

    @Test func bridgeFiltersAreToldBefore150() {
        var info = SystemInfo()
        info.bridgeNfIptables = true
        #expect(info.seen(by: APIVersion(1, 49)).bridgeNfIptables == true)
        #expect(info.seen(by: APIVersion(1, 50)).bridgeNfIptables == nil)
    }

    @Test func sizesThatAreZeroAreLeftOutOfLists() {
        var summary = ContainerSummary(id: "c", names: [], state: .running, hostConfig: .init(networkMode: "bridge"))
        (summary.sizeRw, summary.sizeRootFs) = (0, 7)
        let seen = summary.seen(by: .newest)
        #expect(seen.sizeRw == nil && seen.sizeRootFs == 7)
    }

    @Test func aContainersOwnNamesWereAmongItsAliasesBefore145() {
        var container = ContainerInspect(
            id: String(repeating: "ab", count: 32), created: EngineTime(nanoseconds: 0), state: ContainerState(status: .running),
            hostConfig: HostConfig(),
            config: ContainerConfig(), networkSettings: NetworkSettings())
        container.config.hostname = "web-1"
        container.networkSettings.networks = ["back": EndpointSettings(), "bridge": EndpointSettings()]
        container.networkSettings.networks["back"]?.aliases = ["web"]
        let old = container.seen(by: APIVersion(1, 44)).networkSettings.networks
        #expect(old["back"]?.aliases == ["web", "abababababab", "web-1"])
        #expect(old["bridge"]?.aliases == nil)
        #expect(container.seen(by: APIVersion(1, 45)).networkSettings.networks["back"]?.aliases == ["web"])
        container.state.status = .created
        #expect(container.seen(by: APIVersion(1, 44)).networkSettings.networks["back"]?.aliases == ["web"])
    }
}
