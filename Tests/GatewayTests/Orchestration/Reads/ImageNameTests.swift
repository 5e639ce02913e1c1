// A list shows an image's ID once the name that a container was made by means something else.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(1)))
struct ImageNameTests {
    private static let name = "docker.io/library/busybox:latest"
    private static let other = "sha256:" + String(repeating: "b", count: 64)

    /// What a list shows as the image of a container made from `image`.
    private func shown(_ image: String = "busybox", after notices: [WatchImages.Outbound], begins: Bool = true) async throws -> String {
        let test = try TestEngine()
        let id = try await test.create { config, _ in config.image = image }
        if begins { test.engine.imageNames.begin() }
        for notice in notices { test.engine.imageNames.take(notice) }
        let listed = try await test.engine.list(ContainerListQuery(all: true), .fresh())
        await test.close()
        return try #require(listed.first { $0.id == id }).summary.image
    }

    private static func told(_ changes: [ImageChange], isComplete: Bool = true) -> WatchImages.Outbound {
        .init(changes: changes, isComplete: isComplete)
    }

    @Test func aNameIsShownWhileItMeansTheImage() async throws {
        let known = Self.told([.added(FakeImages.imageID), .named(Self.name, imageID: FakeImages.imageID)])
        #expect(try await shown(after: []) == "busybox")
        #expect(try await shown(after: [known]) == "busybox")
        #expect(try await shown(FakeImages.imageID, after: [known]) == FakeImages.imageID)
        #expect(try await shown(after: [known, Self.told([.named(Self.name, imageID: Self.other)])]) == FakeImages.imageID)
        #expect(try await shown(after: [known, Self.told([.unnamed(Self.name)])]) == FakeImages.imageID)
        let again = [Self.told([.unnamed(Self.name)]), Self.told([.named(Self.name, imageID: FakeImages.imageID)])]
        #expect(try await shown(after: [known] + again) == "busybox")
    }

    /// What was known before counts until the service has told everything.
    @Test func aNewBeginningCountsOnceItIsWhole() async throws {
        let names = ImageNames()
        let all = Self.told([.added(FakeImages.imageID), .named(Self.name, imageID: FakeImages.imageID)])
        names.take(all)
        let before = names.view
        names.begin()
        names.take(Self.told([.added(Self.other)], isComplete: false))
        #expect(names.view == before)
        names.take(Self.told([]))
        #expect(names.view != before)
        names.begin()
        names.take(Self.told([.added(FakeImages.imageID)], isComplete: false))
        names.take(Self.told([.named(Self.name, imageID: FakeImages.imageID)]))
        #expect(names.view == before)
    }

    @Test func digitsOfAnIDAreShownWhileTheImageIsThere() async throws {
        let test = try TestEngine()
        let made = try test.record(try await test.create())
        var definition = made.definition
        definition.config.image = "aaaaaaaaaaaa"
        let record = ContainerRecord(definition)
        let names = ImageNames()
        names.take(Self.told([.added(FakeImages.imageID)]))
        func hasLostName() -> Bool {
            var check = ImageNameCheck(names.view)
            return check.hasLostName(record)
        }
        #expect(!hasLostName())
        names.take(Self.told([.removed(FakeImages.imageID)]))
        #expect(hasLostName())
        await test.close()
    }

    /// The bytes that are kept of a container are of what it shows.
    @Test func whatIsKeptFollows() async throws {
        let test = try TestEngine()
        _ = try await test.create()
        func bytes() async throws -> String {
            let listed = try #require(try await test.engine.list(ContainerListQuery(all: true), .fresh()).first)
            return String(decoding: listed.encoded(3) { Array($0.image.utf8) }, as: UTF8.self)
        }
        test.engine.imageNames.take(Self.told([.added(FakeImages.imageID), .named(Self.name, imageID: FakeImages.imageID)]))
        #expect(try await bytes() == "busybox")
        test.engine.imageNames.take(Self.told([.unnamed(Self.name)]))
        #expect(try await bytes() == FakeImages.imageID)
        #expect(try await bytes() == FakeImages.imageID)
        await test.close()
    }
}
