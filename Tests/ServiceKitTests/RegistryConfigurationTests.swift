// What the configuration and the flags say of registries.
import ArgumentParser
import FoundationEssentials
import ServiceKit
import Testing

@Suite struct RegistryConfigurationTests {
    private static let text = """
        {"registry-mirrors": ["https://hub.example", "quay.io=https://quay.example/x"], "insecure-registries": ["10.0.0.0/8"],
         "registry-certificates": "/certs", "max-concurrent-downloads": 7, "max-concurrent-uploads": 8, "max-download-attempts": 9,
         "proxies": {"http-proxy": "http://p", "no-proxy": "a,b"}}
        """

    @Test func everyKeyIsTakenAndWrittenBack() throws {
        let read = try EngineConfiguration.parse(Data(Self.text.utf8), path: "daemon.json")
        let registries = read.registries
        #expect(registries.mirrorsByRegistry == ["docker.io": ["https://hub.example"], "quay.io": ["https://quay.example/x"]])
        #expect(registries.insecure == ["10.0.0.0/8"] && registries.certificates == "/certs")
        #expect([registries.concurrentDownloads, registries.concurrentUploads, registries.downloadAttempts] == [7, 8, 9])
        #expect(registries.proxies == .init(http: "http://p", exceptions: "a,b"))
        let again = try EngineConfiguration.parse(JSONEncoder().encode(read), path: "daemon.json")
        #expect(again == read)
    }

    @Test(arguments: [
        (#"{"registry-mirrors": ["hub.example"]}"#, "invalid mirror 'hub.example'"),
        (#"{"registry-mirrors": ["https://me:pw@hub.example"]}"#, "invalid mirror"),
        (#"{"insecure-registries": ["http://x"]}"#, "'http://x' must be host"),
        (#"{"max-concurrent-downloads": 0}"#, "key 'max-concurrent-downloads' must be from 1 to 64, not 0"),
        (#"{"max-download-attempts": 0}"#, "key 'max-download-attempts'"),
    ])
    func refusals(_ json: String, _ words: String) {
        let error = #expect(throws: ConfigurationError.self) { try EngineConfiguration.parse(Data(json.utf8), path: "daemon.json") }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func flagsWin() throws {
        let options = try RegistryOptions.parse([
            "--registry-mirror", "https://m", "--insecure-registry", "h:5000", "--max-concurrent-downloads", "2",
            "--https-proxy", "http://q",
        ])
        let merged = try options.applied(to: EngineConfiguration.parse(Data(Self.text.utf8), path: "daemon.json")).registries
        #expect(merged.mirrorsByRegistry["docker.io"] == ["https://hub.example", "https://m"])
        #expect(merged.insecure == ["10.0.0.0/8", "h:5000"] && merged.concurrentDownloads == 2 && merged.concurrentUploads == 8)
        #expect(merged.proxies == .init(http: "http://p", https: "http://q", exceptions: "a,b"))
    }
}
