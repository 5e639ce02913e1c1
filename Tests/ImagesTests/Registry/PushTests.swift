// Push to Debian's registry, and back.
import Contracts
import Foundation
@testable import ImagesServer
import Models
import RPC
import Testing
import TestSupport

@Suite struct PushTests {
    private static let credentials = RegistryCredentials(username: RegistryUnderTest.user, password: RegistryUnderTest.password)

    private static func push(
        _ store: StoreFixture, _ reference: String, _ credentials: RegistryCredentials? = nil
    ) async throws -> (response: PushImage.Response, lines: [String]) {
        let progress = Collected<ImageProgress>()
        let response = try await store.service.pushImage(.init(reference: reference, credentials: credentials)) { progress.add($0) }
        return (
            response,
            progress.all.filter { $0.total == nil }.compactMap { line in
                line.status.map { (line.id.map { "\($0): " } ?? "") + $0 }
            }
        )
    }

    @Test func aPulledImageKeepsItsDigests() async throws {
        try await RegistryUnderTest.with { registry in
            try await FaultyRegistry.with { source in
                let image = StoreFixture.largeImage()
                let manifest = try source.image(image, .zstd, "v1")
                try await StoreFixture.with { store in
                    _ = try await store.pull("\(source.address)/app:v1")
                    let name = "\(registry.address)/team/app"
                    _ = try await store.service.tagImage(.init(source: image.id, reference: "\(name):v1"))
                    let pushed = try await Self.push(store, "\(name):v1")
                    #expect(pushed.response.images.map(\.digest) == [manifest.digest.description])
                    #expect(pushed.lines.first == "The push refers to repository [\(name)]")
                    #expect(pushed.lines.filter { $0.hasSuffix(": Pushed") }.count == 3)
                    #expect(pushed.lines.last == "v1: digest: \(manifest.digest) size: \(manifest.size)")
                    #expect(try store.service.inspectImage(image.id).digests.contains("\(name)@\(manifest.digest)"))

                    let again = try await Self.push(store, "\(name):v1")
                    #expect(again.lines.filter { $0.hasSuffix("Layer already exists") }.count == 3)
                    _ = try await store.service.tagImage(.init(source: image.id, reference: "\(registry.address)/other:v2"))
                    let mounted = try await Self.push(store, "\(registry.address)/other:v2")
                    #expect(mounted.lines.filter { $0.hasSuffix("Mounted from team/app") }.count == 3)
                }
                try await StoreFixture.with { store in
                    _ = try await store.pull("\(registry.address)/other@\(manifest.digest)")
                    #expect(try store.service.inspectImage(image.id).config == image.config)
                }
            }
        }
    }

    @Test func anImportedImageIsCompressedAlikeEachTime() async throws {
        try await RegistryUnderTest.with(.withLogin) { registry in
            var digests: Set<String> = []
            let tar = StoreFixture.largeImage().layers[2]
            for round in 0..<2 {
                try await StoreFixture.with { store in
                    let name = "\(registry.address)/imported:r\(round)"
                    let image = TestImage(layers: [tar])
                    _ = try await store.load(try DockerArchiveBuilder.archive([(image, [name])]))
                    let pushed = try await Self.push(store, name, Self.credentials)
                    digests.formUnion(pushed.response.images.map(\.digest))
                }
            }
            #expect(digests.count == 1)
            try await StoreFixture.with { store in
                _ = try await store.pull("\(registry.address)/imported:r0", credentials: Self.credentials)
                let record = try store.service.inspectImage("\(registry.address)/imported:r0")
                #expect(record.digests == ["\(registry.address)/imported@\(digests.first ?? "")"])
            }
        }
    }

    @Test func aLayerThatIsHereOtherwiseKeepsItsDigestToo() async throws {
        try await RegistryUnderTest.with { registry in
            let image = StoreFixture.largeImage()
            let manifest = try await Self.pushZstd(image, to: "\(registry.address)/one:v1")
            try await StoreFixture.with { store in
                _ = try await store.load(try DockerArchiveBuilder.archive([(image, ["old:1"])]))
                _ = try await store.service.removeImage(.init(name: "old:1"))
                var other = image
                other.comment = "other"
                _ = try await store.load(try DockerArchiveBuilder.archive([(other, ["other:1"])]))
                let pulled = try await store.pull("\(registry.address)/one:v1")
                #expect(pulled.lines.filter { $0.hasSuffix("Already exists") }.count == 3)
                _ = try await store.service.tagImage(.init(source: image.id, reference: "\(registry.address)/two:v1"))
                let pushed = try await Self.push(store, "\(registry.address)/two:v1")
                #expect(pushed.response.images.map(\.digest) == [manifest])
                // Another registry gets the layers as they are where the image came from.
                try await RegistryUnderTest.with { second in
                    _ = try await store.service.tagImage(.init(source: image.id, reference: "\(second.address)/far:v1"))
                    let far = try await Self.push(store, "\(second.address)/far:v1")
                    #expect(far.response.images.map(\.digest) == [manifest])
                    #expect(far.lines.filter { $0.hasSuffix("Fetching the original layer") }.count == 3)
                }
                #expect(try Files.names(store.paths.partials) == [])
                try await store.expectConsistency()
            }
        }
    }

    /// Returns the digest that the image has there.
    private static func pushZstd(_ image: TestImage, to name: String) async throws -> String {
        try await FaultyRegistry.with { source in
            let manifest = try source.image(image, .zstd, "v1")
            try await StoreFixture.with { store in
                _ = try await store.pull("\(source.address)/app:v1")
                _ = try await store.service.tagImage(.init(source: image.id, reference: name))
                _ = try await push(store, name)
            }
            return manifest.digest.description
        }
    }

    @Test func aLoadedImageTakesTheManifestItIsPulledBy() async throws {
        try await RegistryUnderTest.with { registry in
            let image = StoreFixture.largeImage()
            let manifest = try await Self.pushZstd(image, to: "\(registry.address)/one:v1")
            try await StoreFixture.with { store in
                _ = try await store.load(try DockerArchiveBuilder.archive([(image, ["loaded:1"])]))
                _ = try await store.pull("\(registry.address)/one:v1")
                try await RegistryUnderTest.with { second in
                    _ = try await store.service.tagImage(.init(source: image.id, reference: "\(second.address)/far:v1"))
                    #expect(try await Self.push(store, "\(second.address)/far:v1").response.images.map(\.digest) == [manifest])
                }
                try await store.expectConsistency()
            }
        }
    }

    @Test func whatIsNotThereIsNotPushed() async throws {
        try await StoreFixture.with { store in
            await #expect(throws: RPCError(.notFound, "An image does not exist locally with the tag: localhost:1/x")) {
                try await Self.push(store, "localhost:1/x:v1")
            }
            _ = try await store.importTar(TestImage.twoLayers().layers[0], "localhost:1/x:v2")
            await #expect(throws: RPCError(.notFound, "tag does not exist: localhost:1/x:v1")) {
                try await Self.push(store, "localhost:1/x:v1")
            }
        }
    }

    @Test func logInTellsRightFromWrong() async throws {
        try await RegistryUnderTest.with(.withLogin) { registry in
            try await StoreFixture.with { store in
                var credentials = Self.credentials
                credentials.serverAddress = registry.address
                #expect(try await store.service.logIn(.init(credentials: credentials)).identityToken == "")
                credentials.password = "guess"
                let words = "login attempt to http://\(registry.address)/v2/ failed with status: 401 Unauthorized"
                let wrong = credentials
                await #expect(throws: RPCError(.unauthorized, words)) { try await store.service.logIn(.init(credentials: wrong)) }
                _ = try await store.importTar(TestImage.twoLayers().layers[0], "\(registry.address)/x:v1")
                await #expect(throws: RPCError.self) { try await Self.push(store, "\(registry.address)/x:v1", wrong) }
            }
        }
    }

    @Test func aLookAtARegistryTellsPlatforms() async throws {
        try await FaultyRegistry.with { registry in
            var arm = TestImage.twoLayers(comment: "arm")
            arm.platform = OCIPlatform(os: "linux", architecture: "arm64")
            let manifest = try registry.image(arm, .gzip, "v1")
            try await StoreFixture.with { store in
                let answer = try await store.service.inspectDistribution(.init(reference: "\(registry.address)/app:v1"))
                #expect(answer.digest == manifest.digest.description && answer.size == manifest.size)
                #expect(answer.mediaType == OCIMediaType.manifest)
                #expect(answer.platforms == [.init(os: "linux", architecture: "arm64")])
            }
        }
    }

    @Test func aConfigOfNoPossibleSizeIsRefused() async throws {
        try await FaultyRegistry.with { registry in
            let image = TestImage.twoLayers()
            var config = registry.blob(image.config, OCIMediaType.config)
            config.size = -1
            registry.manifest(Array(try JSONEncoder().encode(OCIManifest(config: config, layers: []))), OCIMediaType.manifest, "v1")
            try await StoreFixture.with { store in
                let error = await #expect(throws: RPCError.self) {
                    try await store.service.inspectDistribution(.init(reference: "\(registry.address)/app:v1"))
                }
                #expect(error?.message.contains("has -1 bytes, which can't be") == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test(arguments: [("0-9", 10), ("0-4", 5), ("0-0", 0), ("0-10", nil), ("0-9223372036854775807", nil)] as [(String, Int64?)])
    func anUploadIsAsFarAsItCanBe(range: String, received: Int64?) async throws {
        try await FaultyRegistry.with { registry in
            registry.say("/up", FaultyAnswer(status: 204, headers: [("Location", "/up"), ("Range", range)]))
            let endpoint = RegistryEndpoint(scheme: .http, authority: registry.address)
            let client = RepositoryClient(
                access: RegistryAccess(settings: RegistrySettings()), endpoint: endpoint, repository: "x", scopes: [], credentials: nil)
            let upload = try? await client.upload(after: .init(location: "\(endpoint)/up"), of: 10)
            #expect(upload?.received == received)
        }
    }

    @Test func tlsIsVerifiedByTheDirectoryOfCertificates() async throws {
        try await RegistryUnderTest.with(.withTLS) { registry in
            try await TemporaryDirectory.with { directory in
                var settings = ImageSettings.standard
                settings.registry.certificatesDirectory = "\(directory)/certs.d"
                try await StoreFixture.with(settings: settings) { store in
                    // Loopback is trusted without proof.
                    let missing = await store.pullFailure("\(registry.address)/x:v1")
                    #expect(missing?.message == "manifest for \(registry.address)/x:v1 not found: manifest unknown: manifest unknown")
                }
                let place = "\(directory)/certs.d/\(registry.address)"
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: registry.certificate, toPath: "\(place)/ca.crt")
                var endpoint = RegistryEndpoint(scheme: .https, authority: registry.address)
                let access = RegistryAccess(settings: settings.registry)
                func client(_ endpoint: RegistryEndpoint) -> RepositoryClient {
                    RepositoryClient(access: access, endpoint: endpoint, repository: "x", scopes: [], credentials: nil)
                }
                try await client(endpoint).probe()
                try FileManager.default.removeItem(atPath: place)
                await #expect(throws: RegistryFailure.self) { try await client(endpoint).probe() }
                endpoint.verifiesPeer = false
                try await client(endpoint).probe()
            }
        }
    }

    @Test func aMirrorIsAskedFirstAndMissedWithoutHarm() async throws {
        try await FaultyRegistry.with { registry in
            try await FaultyRegistry.with { mirror in
                let image = TestImage.twoLayers()
                try registry.image(image, .gzip, "v1", "v2")
                try mirror.image(image, .gzip, "v1")
                var settings = ImageSettings.standard
                settings.registry.mirrors = [registry.address: ["http://127.0.0.1:1", "http://\(mirror.address)"]]
                try await StoreFixture.with(settings: settings) { store in
                    _ = try await store.pull("\(registry.address)/app:v1")
                    #expect(registry.seen.isEmpty && mirror.seen.contains { $0.path == "/v2/app/manifests/v1" })
                    _ = try await store.pull("\(registry.address)/app:v2")
                    #expect(registry.seen.contains { $0.path == "/v2/app/manifests/v2" })
                }
            }
        }
    }
}
