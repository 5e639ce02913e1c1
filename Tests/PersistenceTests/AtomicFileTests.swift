// Files replaced in one step.
import Foundation
import Glibc
import Persistence
import Testing

@Suite struct AtomicFileTests {
    @Test(arguments: [0, 1, 4096, 3_000_000])
    func writesWhole(size: Int) throws {
        try TemporaryDirectory.with { directory in
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            try AtomicFile.write(bytes, to: "\(directory)/f", mode: 0o640)
            #expect(try Data(contentsOf: URL(filePath: "\(directory)/f")) == Data(bytes))
            #expect(try TemporaryDirectory.entries(directory) == ["f"])
            #expect(try TemporaryDirectory.mode("\(directory)/f") == 0o640)
        }
    }

    @Test func replacesAndTakesTheNewMode() throws {
        try TemporaryDirectory.with { directory in
            try AtomicFile.write("old".utf8, to: "\(directory)/f", mode: 0o644)
            try AtomicFile.write("new".utf8, to: "\(directory)/f", mode: 0o600)
            #expect(try String(contentsOfFile: "\(directory)/f", encoding: .utf8) == "new")
            #expect(try TemporaryDirectory.mode("\(directory)/f") == 0o600)
        }
    }

    @Test func failureLeavesNothingBehind() throws {
        try TemporaryDirectory.with { directory in
            try FileManager.default.createDirectory(atPath: "\(directory)/taken", withIntermediateDirectories: false)
            let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: "\(directory)/taken", mode: 0o600) }
            #expect(error?.call == "rename")
            #expect(error?.code == EISDIR)
            #expect(try TemporaryDirectory.entries(directory) == ["taken"])
        }
    }

    @Test func missingDirectoryIsAnError() {
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: "/nonexistent/f", mode: 0o600) }
        #expect(error?.code == ENOENT)
    }

    @Test func concurrentWritersLeaveOneWholeFile() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "berth-atomic-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt8(0)..<8 {
                group.addTask {
                    for _ in 0..<10 { try AtomicFile.write([UInt8](repeating: writer, count: 5000), to: "\(directory)/f", mode: 0o600) }
                }
            }
            try await group.waitForAll()
        }
        let data = try Data(contentsOf: URL(filePath: "\(directory)/f"))
        #expect(data.count == 5000)
        #expect(Set(data).count == 1)
        #expect(try TemporaryDirectory.entries(directory) == ["f"])
    }
}
