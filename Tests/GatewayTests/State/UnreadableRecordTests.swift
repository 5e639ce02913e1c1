// Records that can't be read, and what was intended but never recorded: neither keeps the gateway from starting.
import Contracts
import Foundation
import GRDB
@testable import GatewayState
import Logging
import Models
import Persistence
import RPC
import Testing

struct UnreadableRecordTests {
    private func withDatabase(_ body: (String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "records-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory.appending(path: "gateway.db").path)
    }

    private func open(_ path: String) throws -> ContainerStore {
        try ContainerStore(path: path, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func record(_ id: String, _ name: String) -> ContainerRecord {
        ContainerRecord(
            ContainerDefinition(
                id: id, name: name, createdAt: 1, path: "/x", arguments: [], config: ContainerConfig(), hostConfig: HostConfig(),
                imageID: "sha256:1", platform: "linux", manifestDigest: "", logPath: "",
                snapshot: SnapshotRecord(containerID: id, imageID: "", lower: [], upper: "", work: ""), mounts: [], endpoints: [:]))
    }

    private func change(_ path: String, _ sql: String, _ arguments: StatementArguments) async throws {
        let store = try Store(path: path, migrations: StateSchema.migrations)
        try await store.writer.write { try $0.execute(sql: sql, arguments: arguments) }
        try store.writer.close()
    }

    @Test func oneThatCannotBeReadIsSetAsideAndTakenBackWhenItCan() async throws {
        try await withDatabase { path in
            let store = try open(path)
            try await store.insert(record("aa", "first"))
            try await store.insert(record("bb", "second"))
            let good = try StateCoding.encode(record("aa", "first").definition)
            try await change(path, "UPDATE container SET definition = ? WHERE id = 'aa'", [Data("{".utf8)])

            let second = try open(path)
            #expect(second.all.map(\.name) == ["second"])
            #expect(second.unreadable.map(\.name) == ["first"] && second.unreadable.map(\.id) == ["aa"])
            try second.reserve(name: "first", for: "cc")

            let third = try open(path)
            #expect(third.unreadable.map(\.name) == ["first"], "it is known at every start")
            try await change(path, "UPDATE unreadable SET definition = ?", [good])
            let fourth = try open(path)
            #expect(fourth.unreadable.isEmpty && Set(fourth.all.map(\.name)) == ["first", "second"])
        }
    }

    @Test func oneWhoseNameIsTakenStaysAside() async throws {
        try await withDatabase { path in
            let store = try open(path)
            try await store.insert(record("aa", "first"))
            let good = try StateCoding.encode(record("aa", "first").definition)
            try await change(path, "UPDATE container SET definition = ?", [Data("x".utf8)])
            let second = try open(path)
            try await second.insert(record("bb", "first"))
            try await change(path, "UPDATE unreadable SET definition = ?", [good])
            let third = try open(path)
            #expect(third.all.map(\.id) == ["bb"] && third.unreadable.map(\.id) == ["aa"])
        }
    }

    /// Each is told of its own, and only who asks for all of them of another's.
    @Test func whatCouldNotBeWrittenIsToldToWhoChangedIt() async throws {
        try await withDatabase { path in
            let store = try open(path)
            try await store.insert(record("aa", "first"))
            try await store.insert(record("bb", "second"))
            try await change(
                path,
                "CREATE TRIGGER full BEFORE UPDATE ON container WHEN NEW.id = 'aa' BEGIN SELECT RAISE(ABORT, 'disk full'); END", [])
            store.update("aa") { $0.wasStoppedByUser = true }
            try await store.updateDurably("bb") { $0.wasStoppedByUser = true }
            try await store.redefine("bb") { $0.name = "other" }
            await #expect(throws: (any Error).self) { try await store.updateDurably("aa") { $0.restartCount = 1 } }
            try await change(path, "DROP TRIGGER full", [])
            try await store.updateDurably("aa") { _ in }
            let next = try open(path)
            #expect(next["aa"]?.state.wasStoppedByUser == true && next["aa"]?.state.restartCount == 1)
            #expect(next["bb"]?.state.wasStoppedByUser == true && next["bb"]?.name == "other")
        }
    }

    @Test func anIntentionLastsUntilItIsFulfilledOrGivenUp() async throws {
        try await withDatabase { path in
            let store = try open(path)
            try await store.intend("aa", volumes: ["v1", "v2"])
            try await store.intend("bb", volumes: ["v3"])
            try await store.intend("cc", volumes: [])
            try await store.intend("dd", volumes: ["v4"])
            try await store.insert(record("bb", "made"))
            store.giveUp("dd")
            try await store.flush()
            #expect(try open(path).intentions == ["aa": ["v1", "v2"]])
        }
    }
}
