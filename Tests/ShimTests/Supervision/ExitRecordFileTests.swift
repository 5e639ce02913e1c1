// The exit record on disk.
import Contracts
import Foundation
import RPC
import Testing

@testable import ShimServer

@Suite struct ExitRecordFileTests {
    private let record = ExitRecord(exitCode: 137, signal: 9, outOfMemory: true, startedAt: 1, finishedAt: 2, message: "words")

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = try TemporaryPath.make("exit")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test func `A record is read as it was written, and replaced whole`() throws {
        try withDirectory { directory in
            let path = "\(directory)/exit"
            #expect(try ExitRecordFile.read(path) == nil)
            try ExitRecordFile.write(ExitRecord(exitCode: 0, startedAt: 0, finishedAt: 0), to: path, group: nil)
            try ExitRecordFile.write(record, to: path, group: 12_345)
            #expect(try ExitRecordFile.read(path) == record)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["exit"])
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o640)
            #expect(attributes[.groupOwnerAccountID] as? Int == 12_345)
        }
    }

    @Test func `What is no record is an error, not a record`() throws {
        try withDirectory { directory in
            let path = "\(directory)/exit"
            for bytes in [[], [0xff], [UInt8](repeating: 0xa0, count: 100_000)] as [[UInt8]] {
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                #expect(throws: RPCError.self) { try ExitRecordFile.read(path) }
            }
        }
    }

    @Test func `A record that can't be written leaves nothing behind`() throws {
        try withDirectory { directory in
            try FileManager.default.createDirectory(atPath: "\(directory)/exit/occupied", withIntermediateDirectories: true)
            #expect(throws: RPCError.self) { try ExitRecordFile.write(record, to: "\(directory)/exit", group: nil) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["exit"])
            #expect(throws: RPCError.self) { try ExitRecordFile.write(record, to: "\(directory)/nowhere/exit", group: nil) }
        }
    }
}
