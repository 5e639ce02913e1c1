// Docker's rules for `rmi`, word for word.
import Contracts
@testable import ImagesServer
import Models
import RPC
import Testing

struct RemovalRulesTests {
    typealias Step = RemoveImage.Step

    static let a = ContentDigestFixture.digest("a"), digest = "sha256:" + String(repeating: "d", count: 64)
    static let short = String(repeating: "a", count: 12)
    static let container = String(repeating: "c", count: 64)

    /// Image a with layers 2 above 1 and blobs of both.
    private func catalog(_ names: String..., and more: [CatalogChange] = []) throws -> Catalog {
        Catalog(
            [
                Rows.layer("1", link: 1), Rows.layer("2", above: "1", link: 2), Rows.blob("8", of: "1"), Rows.blob("9", of: "2"),
                Rows.image("a", top: "2", blobs: ["8", "9"]),
            ] + (try names.map { try Rows.name($0, "a") }) + more)
    }

    private func use(_ running: Bool) -> RemoveImage.Use {
        .init(imageID: Self.a.description, containerID: Self.container, running: running)
    }

    private let deleted: [Step] = [
        .deleted(Self.a.description), .deleted(ContentDigestFixture.digest("2").description),
        .deleted(ContentDigestFixture.digest("1").description),
    ]

    private func steps(
        _ name: String, _ catalog: Catalog, force: Bool = false, noPrune: Bool = false, uses: [RemoveImage.Use] = []
    ) throws -> [Step] {
        let outcome = try RemovalRules.decide(.init(name: name, force: force, noPrune: noPrune, uses: uses), catalog)
        let after = catalog.applying(outcome.changes)
        #expect(after.garbage(after: []) == [])
        return outcome.steps
    }

    private func conflict(_ name: String, _ catalog: Catalog, force: Bool = false, uses: [RemoveImage.Use] = []) -> String? {
        do {
            _ = try RemovalRules.decide(.init(name: name, force: force, uses: uses), catalog)
            return nil
        } catch {
            #expect(error.code == .conflict)
            return error.message
        }
    }

    @Test func oneNameOfSeveralIsOnlyTakenAway() throws {
        #expect(try steps("app:v1", try catalog("app:v1", "other")) == [.untagged("app:v1")])
        #expect(try steps("app:v1", try catalog("app:v1", "other"), uses: [use(true)]) == [.untagged("app:v1")])
    }

    @Test func theLastNameTakesTheImageAndItsLayers() throws {
        #expect(try steps("app", try catalog("app")) == [.untagged("app:latest")] + deleted)
        #expect(
            try steps("app", try catalog("app", "app@\(Self.digest)"))
                == [.untagged("app:latest"), .untagged("app@\(Self.digest)")] + deleted)
    }

    @Test func digestsOfOtherRepositoriesStay() throws {
        #expect(try steps("app", try catalog("app", "other@\(Self.digest)")) == [.untagged("app:latest")])
        #expect(try steps("app@\(Self.digest)", try catalog("app", "app@\(Self.digest)")) == [.untagged("app@\(Self.digest)")])
    }

    @Test func aContainerKeepsTheLastName() throws {
        for running in [true, false] {
            #expect(
                conflict("app", try catalog("app"), uses: [use(running)]) == """
                    conflict: unable to remove repository reference "app" (must force) - container cccccccccccc is using its \
                    referenced image \(Self.short)
                    """)
        }
    }

    @Test func forcedByNameTakesTheNameFromARunningContainerAndTheImageFromAStoppedOne() throws {
        #expect(try steps("app", try catalog("app"), force: true, uses: [use(true)]) == [.untagged("app:latest")])
        let used = try catalog("app", and: [Rows.snapshot("c", "a", top: "2")])
        #expect(try steps("app", used, force: true, uses: [use(false)]) == [.untagged("app:latest"), .deleted(Self.a.description)])
    }

    @Test func byIDTakesAllNamesOfOneRepository() throws {
        for id in ["aaaa", Self.a.description, Self.a.hex, "sha256:aa"] {
            #expect(try steps(id, try catalog("app")) == [.untagged("app:latest")] + deleted)
        }
        #expect(try steps("aaa", try catalog()) == deleted)
        #expect(
            try steps("aaa", try catalog("app", "app@\(Self.digest)"))
                == [.untagged("app:latest"), .untagged("app@\(Self.digest)")] + deleted)
    }

    @Test func byIDWithSeveralNamesMustBeForced() throws {
        let several = try catalog("app", "app:v2", "other")
        #expect(
            conflict("aaaa", several)
                == "conflict: unable to delete \(Self.short) (must be forced) - image is referenced in multiple repositories")
        #expect(
            try steps("aaaa", several, force: true)
                == [.untagged("app:latest"), .untagged("app:v2"), .untagged("other:latest")] + deleted)
    }

    @Test func byIDContainersStandInTheWay() throws {
        #expect(
            conflict("aaaa", try catalog("app"), uses: [use(false)])
                == "conflict: unable to delete \(Self.short) (must be forced) - image is being used by stopped container cccccccccccc")
        for force in [false, true] {
            #expect(
                conflict("aaaa", try catalog("app"), force: force, uses: [use(false), use(true)])
                    == "conflict: unable to delete \(Self.short) (cannot be forced) - image is being used by running container cccccccccccc"
            )
        }
        #expect(try steps("aaaa", try catalog("app"), force: true, uses: [use(false)]) == [.untagged("app:latest")] + deleted)
    }

    @Test func childrenStandInTheWayWhateverTheForce() throws {
        let family = try catalog("app", and: [Rows.image("b", top: "2", blobs: ["8", "9"], parent: "a")])
        #expect(
            conflict("aaaa", family, force: true)
                == "conflict: unable to delete \(Self.short) (cannot be forced) - image has dependent child images")
        #expect(try steps("app", family) == [.untagged("app:latest")])
    }

    @Test func nakedParentsGoWithTheirLastChildUnlessToldNotTo() throws {
        let family = try catalog(and: [Rows.image("b", top: "2", blobs: ["8", "9"], parent: "a"), try Rows.name("child", "b")])
        let child: [Step] = [.untagged("child:latest"), .deleted(ContentDigestFixture.digest("b").description)]
        #expect(try steps("child", family) == child + deleted)
        #expect(try steps("child", family, noPrune: true) == child)
        #expect(try steps("child", family.applying([try Rows.name("kept", "a")])) == child)
    }

    @Test func sharedLayersAndBlobsStay() throws {
        let shared = try catalog("app", and: [Rows.image("b", top: "1", blobs: ["8"]), try Rows.name("base", "b")])
        let outcome = try RemovalRules.decide(.init(name: "app"), shared)
        #expect(
            outcome.steps == [
                .untagged("app:latest"), .deleted(Self.a.description), .deleted(ContentDigestFixture.digest("2").description),
            ])
        #expect(outcome.changes.contains(.removeBlob(ContentDigestFixture.digest("9"))))
        #expect(!outcome.changes.contains(.removeBlob(ContentDigestFixture.digest("8"))))
    }

    @Test func whatIsNotThereIsNotFound() throws {
        let error = #expect(throws: RPCError.self) { try RemovalRules.decide(.init(name: "nope"), try catalog("app")) }
        #expect(error == RPCError(.notFound, "No such image: nope:latest"))
    }
}
