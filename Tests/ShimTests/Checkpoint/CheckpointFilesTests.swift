// A checkpoint is on disk whole or not at all.
import Contracts
import Foundation
import RPC
import Testing

@testable import ShimServer

@Suite struct CheckpointFilesTests {
    private let directory: String
    private let files: CheckpointFiles
    private let record = CheckpointRecord(mounts: [], stdin: nil, stdout: "pipe:[7]", stderr: nil, nulls: [], network: nil)

    init() throws {
        directory = try TemporaryPath.make("checkpoints")
        files = CheckpointFiles(directory: "\(directory)/made", name: "cp1")
    }

    private func with(_ body: () throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body()
    }

    private func make() throws {
        try files.begin()
        try Data("image".utf8).write(to: URL(filePath: "\(CheckpointFiles.images(in: files.partial))/core.img"))
        try files.write(record)
    }

    private var names: [String] { get throws { try CheckpointFiles.names(in: files.directory) } }

    @Test func itIsThereOnceItIsWhole() throws {
        try with {
            try make()
            #expect(try names.isEmpty)
            #expect(throws: RPCError.self) { try files.read() }
            try files.commit()
            #expect(try names == ["cp1"])
            #expect(try files.read() == record)
            let mode = try FileManager.default.attributesOfItem(atPath: files.path)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            let again = #expect(throws: RPCError.self) { try files.begin() }
            #expect(again?.code == .conflict)
            try files.remove()
            #expect(try names.isEmpty)
            let gone = #expect(throws: RPCError.self) { try files.remove() }
            #expect(gone?.code == .notFound && gone?.message == "checkpoint cp1 does not exist for container")
        }
    }

    @Test func halfOfOneIsRemoved() throws {
        try with {
            try make()
            files.abandon()
            #expect(try FileManager.default.contentsOfDirectory(atPath: files.directory).isEmpty)
            try make()
            // As after a sudden death: the next of the name begins anew.
            try make()
            try files.commit()
            #expect(try names == ["cp1"])
        }
    }

    @Test func theNoteOfOneLeadsToWhatIsLeft() throws {
        try with {
            let layout = EngineLayout(root: directory, run: directory)
            try Directories.make(layout.containerDirectory("c"), mode: 0o700)
            let note = PendingCheckpoint(layout, "c")
            note.sweep()
            try note.note(files.partial)
            try make()
            note.sweep()
            #expect(try FileManager.default.contentsOfDirectory(atPath: files.directory).isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: layout.containerDirectory("c")).isEmpty)
            // Nothing else is removed, whatever a note says.
            try make()
            try files.commit()
            try note.note(files.path)
            note.sweep()
            #expect(try names == ["cp1"])
        }
    }

    @Test func aDirectoryThatIsNotThereIsToldFromAnEmptyOne() throws {
        try with {
            let error = #expect(throws: RPCError.self) { try CheckpointFiles.names(in: "\(directory)/nosuch") }
            #expect(error?.code == .notFound)
            let none = try CheckpointFiles.names(in: directory)
            #expect(none.isEmpty)
            let place = CheckpointPlace(containerID: "c", root: "/", run: "/", directory: "here")
            #expect(throws: RPCError.self) { try place.checkedPath() }
        }
    }
}
