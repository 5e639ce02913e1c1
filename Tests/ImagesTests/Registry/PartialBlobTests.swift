// Files of downloads: shared by pulls, resumed, and never changed once the store has them.
import Glibc
@testable import ImagesServer
import Models
import Testing

@Suite struct PartialBlobTests {
    private static let digest = ContentDigestFixture.digest("a"), content = Array("all of the blob".utf8)

    /// A file that a pull left and another has brought into the store: one file with two names.
    private static func linked(_ store: StoreFixture, isWhole: Bool = true) throws -> String {
        let partial = try PartialBlob(paths: store.paths, digest: digest, size: Int64(content.count))
        try partial.append(content, at: 0)
        if isWhole { try partial.begin() }
        let blob = store.paths.blob(digest.hex)
        #expect(link(partial.path, blob) == 0)
        return blob
    }

    @Test(arguments: [(true, 4), (false, 15), (false, 100), (true, 100)])
    func whatTheStoreHasIsNotWrittenTo(isWhole: Bool, size: Int64) async throws {
        try await StoreFixture.with { store in
            let blob = try Self.linked(store, isWhole: isWhole)
            let partial = try PartialBlob(paths: store.paths, digest: Self.digest, size: size)
            #expect(partial.resumedLength == 0)
            try partial.append(Array("else".utf8), at: 0)
            #expect(try Files.text(blob) == "all of the blob" && Files.text(partial.path) == "else")
        }
    }

    @Test func whatTheStoreHasWholeIsNotFetchedAgain() async throws {
        try await StoreFixture.with { store in
            let blob = try Self.linked(store)
            let partial = try PartialBlob(paths: store.paths, digest: Self.digest, size: Int64(Self.content.count))
            #expect(partial.resumedLength == Int64(Self.content.count))
            #expect(try Files.status(partial.path).st_ino == Files.status(blob).st_ino)
            // As after bytes that turn out to be no good.
            try partial.clear()
            #expect(try Files.text(blob) == "all of the blob" && !Files.exists(partial.path))
        }
    }

    /// A blob of a registry, and downloads of it.
    private static func with(_ body: @Sendable (Downloads, OCIDescriptor, Fetch, StoreFixture) async throws -> Void) async throws {
        try await FaultyRegistry.with { registry in
            let descriptor = registry.blob(content, OCIMediaType.layer)
            let client = RepositoryClient(
                access: RegistryAccess(settings: StoreFixture.quickSettings.registry),
                endpoint: RegistryEndpoint(scheme: .http, authority: registry.address), repository: "app", scopes: [], credentials: nil)
            try await StoreFixture.with { store in
                try await body(
                    Downloads(paths: store.paths, width: 2), descriptor,
                    { download in
                        BlobFetch(
                            descriptor: descriptor, clients: [client], download: download, rules: RetryRules(attempts: 2, delay: .zero))
                    }, store)
            }
        }
    }

    private typealias Fetch = @Sendable (BlobDownload) -> BlobFetch

    @Test(arguments: [[true, false], [false, true]])
    func whatOneHasSeenIntoTheStoreIsNotKept(isStored: [Bool]) async throws {
        try await Self.with { downloads, descriptor, fetch, store in
            for _ in isStored { _ = try await downloads.join(descriptor, fetch) }
            for isStored in isStored { await downloads.leave(descriptor.digest, isStored: isStored) }
            #expect(try Files.names(store.paths.partials) == [])
        }
    }

    @Test func whoComesLateToANewAttemptCountsOnce() async throws {
        try await Self.with { downloads, descriptor, fetch, _ in
            let first = try await downloads.join(descriptor, fetch)
            _ = try await downloads.join(descriptor, fetch)
            let second = try await downloads.again(descriptor, insteadOf: first, fetch)
            #expect(try await downloads.again(descriptor, insteadOf: first, fetch) === second && second !== first)
            for _ in 0..<2 { await downloads.leave(descriptor.digest, isStored: false) }
            #expect(try await downloads.join(descriptor, fetch) !== second)
            await downloads.leave(descriptor.digest, isStored: true)
        }
    }
}
