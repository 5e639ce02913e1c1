// Containers' files: who is asked for them, and what waits meanwhile.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct FileFlowTests {
    private func facade(_ test: TestEngine) -> FileFacade { FileFacade(engine: test.engine) }

    @Test func aRunningContainersFilesAreItsProcesss() async throws {
        let test = try TestEngine()
        let id = try await test.create("web") { $1.binds = ["/host:/data"] }
        _ = try await facade(test).fileStatus(in: "web", path: "/etc", context: .fresh())
        try await test.start(id)
        let status = try await facade(test).fileStatus(in: "web", path: "/etc", context: .fresh())
        #expect(status.mode == 1 << 31 | 0o755)
        let pid = try #require(try test.record(id).state.process?.pid)
        #expect(
            test.world.calls.filter { $0.hasPrefix("images.file") } == [
                "images.file /etc pid=- mounts=[\"/data\"]", "images.file /etc pid=\(pid) mounts=[\"/data\"]",
            ])
        await #expect(throws: RPCError(.notFound, "Could not find the file /nope in container web")) {
            _ = try await facade(test).readFiles(in: "web", path: "/nope", context: .fresh())
        }
        await test.close()
    }

    /// The layers of a stopped container are mounted while they are read: a start waits, and a client that leaves lets it go on.
    @Test func aStartWaitsForACopyAndACopyLetGoOfEnds() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        var download: FileDownload? = try await facade(test).readFiles(in: id, path: "/etc", context: .fresh())
        var iterator = download?.bytes.makeAsyncIterator()
        #expect(try await iterator?.next() == [1, 2, 3])
        let start = Task { try await test.start(id) }
        #expect(test.world.shimIDs.isEmpty)
        (iterator, download) = (nil, nil)
        try await start.value
        #expect(test.world.shimIDs == [id])
        await test.close()
    }

    @Test func uploadsSayWhoseFilesTheyBecome() async throws {
        let test = try TestEngine()
        let id = try await test.create { config, host in
            config.user = "app:staff"
            host.readonlyRootfs = true
        }
        let bytes = AsyncThrowingStream<[UInt8], any Error> { $0.finish() }
        for takesOwner in [true, false] {
            try await facade(test).writeFiles(in: id, .init(path: "/etc", takesOwner: takesOwner), from: bytes, context: .fresh())
        }
        #expect(
            test.world.calls.filter { $0.hasPrefix("images.write") } == [
                "images.write owner=app:staff readonly=true", "images.write owner=- readonly=true",
            ])
        #expect(try await test.actions() == ["create", "extract-to-dir", "extract-to-dir"])
        await test.close()
    }

    @Test func exportAndChangesAreOfTheContainer() async throws {
        let test = try TestEngine()
        let id = try await test.create()
        var pieces: [[UInt8]] = []
        for try await piece in try await facade(test).export(id, context: .fresh()) { pieces.append(piece) }
        #expect(pieces == [[1]])
        #expect(try await facade(test).changes(of: id, context: .fresh()) == [PathChange(path: "/gone", kind: 2)])
        test.world.fail("images.export", RPCError(.unavailable, "away"))
        await #expect(throws: RPCError.self) { _ = try await facade(test).export(id, context: .fresh()) }
        await test.close()
    }
}
