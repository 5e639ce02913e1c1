// Registries that want to know who calls, or are reached by a detour: client certificates and proxies.
import Contracts
import Foundation
@testable import ImagesServer
import RPC
import Testing
import TestSupport

@Suite struct RegistryTrustTests {
    private static func settings(_ directory: String) -> ImageSettings {
        var settings = StoreFixture.quickSettings
        settings.registry.certificatesDirectory = "\(directory)/certs.d"
        settings.registry.downloadAttempts = 2
        return settings
    }

    /// Puts files into the directory of a registry, under the names that they have there.
    private static func put(_ files: [String: String], _ registry: String, _ directory: String) throws {
        let place = "\(directory)/certs.d/\(registry)"
        try? FileManager.default.removeItem(atPath: place)
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for (name, file) in files { try FileManager.default.copyItem(atPath: file, toPath: "\(place)/\(name)") }
    }

    @Test func aRegistrySeesTheClientsCertificate() async throws {
        try await OwnAddress.with { host in
            try await RegistryUnderTest.with(.withClientCertificates, at: host) { registry in
                try await TemporaryDirectory.with { directory in
                    try await StoreFixture.with(settings: Self.settings(directory)) { store in
                        let name = "\(registry.address)/app:v1"
                        let stranger = await store.pullFailure(name)
                        #expect(stranger?.message.contains("x509: certificate signed by unknown authority") == true)
                        try Self.put(["ca.crt": registry.certificate], registry.address, directory)
                        #expect(await store.pullFailure(name) != nil)
                        try Self.put(["ca.crt": registry.certificate, "me.cert": registry.clientCertificate], registry.address, directory)
                        let keyless = await store.pullFailure(name)
                        #expect(keyless?.message.contains("missing key") == true)
                        try Self.put(["ca.crt": registry.certificate, "me.key": registry.clientKey], registry.address, directory)
                        let nameless = await store.pullFailure(name)
                        #expect(nameless?.message.contains("missing client certificate me.cert for key me.key") == true)
                        let whole = [
                            "ca.crt": registry.certificate, "me.cert": registry.clientCertificate, "me.key": registry.clientKey,
                        ]
                        try Self.put(whole, registry.address, directory)
                        let image = TestImage.twoLayers()
                        _ = try await store.push(image, as: name)
                        _ = try await store.service.removeImage(.init(name: image.id, force: true))
                        _ = try await store.pull(name)
                        #expect(try store.service.inspectImage(name).id == image.id)
                    }
                }
            }
        }
    }

    /// The registry's name is one that only the proxy can look up: whatever doesn't go through it fails.
    @Test func aProxyIsGoneThroughByTunnel() async throws {
        try await RegistryUnderTest.with(.withTLS) { registry in
            try await TemporaryDirectory.with { directory in
                let name = registry.address.replacing("127.0.0.1", with: RegistryUnderTest.name)
                try Self.put(["ca.crt": registry.certificate], name, directory)
                try await TunnelProxy.with(hosts: [RegistryUnderTest.name: "127.0.0.1"]) { proxy in
                    var settings = Self.settings(directory)
                    settings.registry.proxies.https = "http://\(TunnelProxy.login)@\(proxy.address)"
                    try await Self.goRound(settings, name)
                    #expect(!proxy.seen.isEmpty && proxy.seen.allSatisfy { $0 == "CONNECT \(name) HTTP/1.1" })
                    let before = proxy.seen.count
                    settings.registry.proxies.exceptions = "example.org,.test"
                    #expect(await Self.failure(settings, name) != nil)
                    settings.registry.proxies = .init(https: "http://me:guess@\(proxy.address)")
                    #expect(await Self.failure(settings, name) != nil)
                    #expect(proxy.seen.count == before)
                }
            }
        }
    }

    private static func failure(_ settings: ImageSettings, _ registry: String) async -> RPCError? {
        try? await StoreFixture.with(settings: settings) { await $0.pullFailure("\(registry)/app:v1") }
    }

    /// The address in the certificate is the registry's, not the proxy's; of another registry it is no good.
    @Test func aRegistryNamedByItsAddressIsReachedByTunnel() async throws {
        try await OwnAddress.with { host in
            try await RegistryUnderTest.with(.withTLS, at: host) { registry in
                try await TemporaryDirectory.with { directory in
                    let foreign = registry.address.replacing(host, with: "203.0.113.9")
                    try Self.put(["ca.crt": registry.certificate], registry.address, directory)
                    try await TunnelProxy.with(hosts: ["203.0.113.9": host]) { proxy in
                        var settings = Self.settings(directory)
                        settings.registry.proxies.https = "http://\(TunnelProxy.login)@\(proxy.address)"
                        try await Self.goRound(settings, registry.address)
                        #expect(proxy.seen.contains("CONNECT \(registry.address) HTTP/1.1"))
                        let unknown = await Self.failure(settings, foreign)
                        #expect(unknown?.message.contains("signed by unknown authority") == true, "\(unknown?.message ?? "")")
                        try Self.put(["ca.crt": registry.certificate], foreign, directory)
                        let other = await Self.failure(settings, foreign)
                        let words = "x509: certificate is not valid for 203.0.113.9"
                        #expect(other?.message.contains(words) == true, "\(other?.message ?? "")")
                    }
                }
            }
        }
    }

    @Test func aProxyIsAskedForWhatHasNoTLS() async throws {
        try await OwnAddress.with { host in
            try await RegistryUnderTest.with(at: host) { registry in
                try await TunnelProxy.with { proxy in
                    var settings = StoreFixture.quickSettings
                    settings.registry.insecureRegistries = ["198.51.100.0/24"]
                    settings.registry.proxies.http = "\(TunnelProxy.login)@\(proxy.address)"
                    try await Self.goRound(settings, registry.address)
                    #expect(proxy.seen.contains { $0.contains(registry.address) })
                }
            }
        }
    }

    /// Pushes an image, and pulls it into another store.
    private static func goRound(_ settings: ImageSettings, _ registry: String) async throws {
        let image = TestImage.twoLayers()
        try await StoreFixture.with(settings: settings) { _ = try await $0.push(image, as: "\(registry)/app:v1") }
        try await StoreFixture.with(settings: settings) { store in
            _ = try await store.pull("\(registry)/app:v1")
            #expect(try store.service.inspectImage("\(registry)/app:v1").id == image.id)
        }
    }
}
