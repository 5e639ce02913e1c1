// Save, commit, history, prune and disk usage, over fakes.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct ImageDataTests {
    private func facade(_ test: TestEngine) -> ImageDataFacade { ImageDataFacade(engine: test.engine) }

    @Test func historyIsNewestFirstWithSizes() throws {
        let config = """
            {"history":[{"created":"2026-01-01T00:00:00Z","created_by":"ADD","comment":"c"},{"created_by":"ENV","empty_layer":true},
             {"created_by":"RUN"}]}
            """
        let image = ImageRecord(
            id: "sha256:i", tags: ["a:1"], digests: [], config: Array(config.utf8), manifestDigest: "", size: 0, lastTaggedAt: 0)
        let items = ImageHistory.items(image, try ImageDocument.parse(image), layers: [10, 20])
        #expect(items.map(\.createdBy) == ["RUN", "ENV", "ADD"] && items.map(\.size) == [20, 0, 10])
        #expect(items.map(\.id) == ["sha256:i", "<missing>", "<missing>"] && items[0].tags == ["a:1"] && items[1].tags == nil)
        #expect(items[2].created == 1_767_225_600 && items[2].comment == "c")
    }

    @Test func ancestorsAreToldAtTheirSteps() throws {
        func image(_ id: String, _ tags: [String]) -> ImageRecord {
            ImageRecord(
                id: id, tags: tags, digests: [], config: Array(#"{"history":[{},{},{}]}"#.utf8), manifestDigest: "", size: 0,
                lastTaggedAt: 0)
        }
        let top = image("sha256:top", [])
        let items = ImageHistory.items(
            top, try ImageDocument.parse(top), layers: [1, 2, 3], ancestors: [image("sha256:base", ["base:1"])])
        #expect(items.map(\.id) == ["sha256:top", "sha256:base", "<missing>"] && items.map(\.tags) == [nil, ["base:1"], nil])
    }

    @Test(
        arguments: [
            ([:], ["a", "b"]), (["is-official": ["true"]], ["a"]), (["is-official": ["false"]], ["b"]), (["stars": ["3"]], ["a"]),
            (["is-automated": ["true"]], []),
        ] as [([String: [String]], [String])])
    func searchFiltersWhatTheIndexFound(_ filters: [String: [String]], _ names: [String]) async throws {
        let test = try TestEngine()
        let query = ImageSearchQuery(term: "x", filters: Filters(filters))
        let found = try await ImageFacade(engine: test.engine).searchImages(query, credentials: nil, context: .fresh())
        #expect(found.map(\.name) == names)
        await test.close()
    }

    @Test func aSearchFilterMustMakeSense() throws {
        #expect(throws: RPCError(.invalidParameter, "invalid filter 'stars=[many]'")) {
            try ImageSearchFilter(Filters(["stars": ["many"]]))
        }
    }

    @Test(arguments: [(true, ["pause", "unpause"]), (false, [])])
    func commitPausesWhatRuns(pauses: Bool, actions: [String]) async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.start(id)
        var config = ContainerConfig()
        config.user = "other"
        let image = try await facade(test).commit(.init(container: "web", pauses: pauses, config: config), context: .fresh())
        #expect(image == "sha256:new" && test.world.calls.contains("images.commit true"))
        let told = try await test.actions()
        #expect(told == ["create", "start"] + actions + ["commit"])
        let running = try test.record(id).state.isRunning
        #expect(running)
        await test.close()
    }

    @Test func aNameThatACommitGivesIsTold() async throws {
        let test = try TestEngine()
        _ = try await test.create("web")
        let options = CommitOptions(container: "web", reference: "docker.io/library/web:1")
        _ = try await facade(test).commit(options, context: .fresh())
        let told = try await test.events().filter { $0.action == "tag" }
        #expect(told.map(\.actorID) == ["sha256:new"] && told.first?.attributes["name"] == "web:1")
        await test.close()
    }

    @Test func aPruneOfBuildsIsTold() async throws {
        let test = try TestEngine()
        await facade(test).pruneBuildCache()
        let told = try await test.events()
        #expect(told.map(\.kind) == [.builder] && told.first?.action == "prune" && told.first?.attributes == ["reclaimed": "0"])
        await test.close()
    }

    @Test func whatEndsBeforeItIsPausedIsCommittedAllTheSame() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.start(id)
        test.world.fail("shim.pause", RPCError(.conflict, "no process"))
        #expect(try await facade(test).commit(.init(container: "web", pauses: true), context: .fresh()) == "sha256:new")
        #expect(try await test.actions() == ["create", "start", "commit"])
        await test.close()
    }

    @Test func aFailedCommitResumes() async throws {
        let test = try TestEngine()
        let id = try await test.create("web")
        try await test.start(id)
        test.world.fail("images.commit false", RPCError(.invalidParameter, "no"))
        await #expect(throws: RPCError(.invalidParameter, "no")) {
            _ = try await facade(test).commit(.init(container: "web"), context: .fresh())
        }
        let running = try test.record(id).state.isRunning
        #expect(running)
        await test.close()
    }

    @Test func pruneLeavesWhatIsUsedOrNamed() async throws {
        let test = try TestEngine()
        let none = try await facade(test).pruneImages(filters: Filters(), context: .fresh())
        #expect(none.imagesDeleted == nil)
        let all = Filters(["dangling": ["false"]])
        let id = try await test.create()
        let used = try await facade(test).pruneImages(filters: all, context: .fresh())
        #expect(used.imagesDeleted == nil)
        try await test.engine.remove(id, RemoveOptions(), context: .fresh())
        let labelled = try await facade(test).pruneImages(filters: Filters(["dangling": ["false"], "label!": ["from"]]), context: .fresh())
        #expect(labelled.imagesDeleted == nil)
        let pruned = try await facade(test).pruneImages(filters: all, context: .fresh())
        #expect(pruned.imagesDeleted == [.untagged("busybox:latest"), .deleted(FakeImages.imageID)])
        await test.close()
    }

    private func image(_ id: String, digests: [String] = [], config: String = "{}") -> ImageRecord {
        ImageRecord(
            id: "sha256:\(id)", tags: [], digests: digests, config: Array(config.utf8), manifestDigest: "", size: 0, lastTaggedAt: 0)
    }

    @Test func pruneTakesEveryNameOfAnImage() async throws {
        let test = try TestEngine()
        let digests = ["one@sha256:1", "two@sha256:1"]
        test.world.with { $0.otherImages = [image("pulled", digests: digests), image("nameless")] }
        _ = try await facade(test).pruneImages(filters: Filters(), context: .fresh())
        #expect(test.world.with { $0.removedImages } == digests + ["sha256:nameless"])
        await test.close()
    }

    @Test func anImageThatTellsNothingStandsInNobodysWay() async throws {
        let test = try TestEngine()
        test.world.with { $0.otherImages = [image("odd", config: #"{"parent":5,"history":"none"}"#)] }
        let listed = try await ImageFacade(engine: test.engine).listImages(ImageListQuery(all: false), context: .fresh())
        #expect(listed.map(\.id) == [FakeImages.imageID, "sha256:odd"] && listed.last?.labels == nil)
        let usage = try await facade(test).diskUsage(DiskUsageQuery(kinds: [.image], isVerbose: false), context: .fresh())
        #expect(usage.images?.count == 2)
        for filters in [["until": ["1h"]], ["label": ["x"]], ["label!": ["x"]]] {
            _ = try await facade(test).pruneImages(filters: Filters(filters), context: .fresh())
        }
        #expect(test.world.with { $0.removedImages } == [])
        _ = try await facade(test).pruneImages(filters: Filters(), context: .fresh())
        #expect(test.world.with { $0.removedImages } == ["sha256:odd"])
        await test.close()
    }

    @Test func diskUsageCountsUses() async throws {
        let test = try TestEngine()
        _ = try await test.create { $1.binds = ["data:/a"] }
        let usage = try await facade(test).diskUsage(DiskUsageQuery(kinds: Set(DiskUsageKind.allCases), isVerbose: true), context: .fresh())
        #expect(usage.volumes?.map { $0.usageData } == [.init(refCount: 1, size: 10)] && usage.layersSize == 100)
        #expect(usage.images?.map(\.sharedSize) == [60] && usage.images?.map(\.containers) == [1] && usage.containers?.map(\.sizeRw) == [7])
        await test.close()
    }

    @Test func whatIsSavedIsTold() async throws {
        let test = try TestEngine()
        var pieces: [[UInt8]] = []
        for try await piece in try await facade(test).saveImages(["busybox"], context: .fresh()) { pieces.append(piece) }
        #expect(pieces == [[1, 2]])
        await test.close()
    }
}
