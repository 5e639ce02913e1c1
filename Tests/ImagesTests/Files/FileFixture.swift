// A container's files for a test: an image, its snapshot, and archives in and out.
import Contracts
import Foundation
@testable import ImagesServer
import RPC
import Synchronization

/// A store with one container that doesn't run.
struct FileFixture: Sendable {
    static let container = "c1"

    let store: StoreFixture
    let snapshot: SnapshotRecord
    var files = ContainerFiles(containerID: container)

    static func with(
        _ build: (inout TarBuilder) -> Void, _ body: (FileFixture) async throws -> Void
    ) async throws {
        var tar = TarBuilder()
        build(&tar)
        let bytes = tar.finished()
        try await StoreFixture.with { store in
            let id = try await store.importTar(bytes)
            let snapshot = try await store.service.prepareSnapshot(.init(containerID: container, imageID: id))
            try await body(FileFixture(store: store, snapshot: snapshot))
        }
    }

    func stat(_ path: String) async throws -> FileStatus {
        try await store.service.statFile(.init(files: files, path: path))
    }

    /// The entries of the tar of a path.
    func read(_ path: String) async throws -> [ArchivedFile] {
        let bytes = Mutex<[UInt8]>([])
        try await store.service.readFiles(.init(files: files, path: path)) { item in bytes.withLock { $0 += item.bytes } }
        return try ArchivedFile.all(bytes.withLock { $0 })
    }

    func export() async throws -> [ArchivedFile] {
        let bytes = Mutex<[UInt8]>([])
        try await store.service.exportContainer(.init(containerID: Self.container)) { item in bytes.withLock { $0 += item.bytes } }
        return try ArchivedFile.all(bytes.withLock { $0 })
    }

    func changes() async throws -> [String] {
        let changes = Mutex<[FileChange]>([])
        try await store.service.listChanges(.init(containerID: Self.container)) { item in changes.withLock { $0 += item.changes } }
        return changes.withLock { $0.map { "\("CAD".dropFirst($0.kind.rawValue).first ?? "?") \($0.path)" } }
    }

    func write(_ path: String, keepsKinds: Bool = false, owner: String? = nil, _ bytes: [UInt8]) async throws {
        try await store.service.writeFiles(
            .init(files: files, path: path, keepsKinds: keepsKinds, owner: owner), input: StoreFixture.pieces(bytes))
    }

    func write(_ path: String, keepsKinds: Bool = false, owner: String? = nil, _ build: (inout TarBuilder) -> Void) async throws {
        var tar = TarBuilder()
        build(&tar)
        try await write(path, keepsKinds: keepsKinds, owner: owner, tar.finished())
    }

    /// In the rw layer.
    func upper(_ path: String) -> String { "\(snapshot.upper)/\(path)" }
}

/// An entry of a tar, with its data.
struct ArchivedFile: Equatable {
    var entry: TarEntry
    var data: [UInt8]

    var name: String { entry.name.description }
    var text: String { String(decoding: data, as: UTF8.self) }

    static func all(_ bytes: [UInt8]) throws -> [ArchivedFile] {
        let pipe = BoundedPipe(capacity: .max)
        for start in stride(from: 0, to: bytes.count, by: 100_000) { try pipe.put(Array(bytes[start..<min(start + 100_000, bytes.count)])) }
        pipe.finish()
        let reader = try TarReader(pipe)
        var files: [ArchivedFile] = []
        while let entry = try reader.next() {
            var data: [UInt8] = []
            try reader.readData { bytes, _ in data += bytes }
            files.append(ArchivedFile(entry: entry, data: data))
        }
        return files
    }
}
