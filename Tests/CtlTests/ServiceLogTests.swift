// Logs that grow while their service runs.
import Foundation
import Glibc
import Testing

@testable import berthctl

@Suite struct ServiceLogTests {
    @Test func aLogThatHasGrownIsEmptiedAndItsLastPartKept() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "berth-logs-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = try ServiceLog.open(directory: directory, name: "x")
        defer { close(log) }
        let (path, size) = ("\(directory)/x.log", Int(ServiceLog.rotationSize))
        func append(_ bytes: [UInt8]) { #expect(write(log, bytes, bytes.count) == bytes.count) }
        append([UInt8](repeating: 1, count: 10))
        try ServiceLog.rotate(path)
        #expect(access("\(path).1", F_OK) != 0)
        append([UInt8](repeating: 2, count: size))
        try ServiceLog.rotate(path)
        append([3])
        #expect(FileManager.default.contents(atPath: path) == Data([3]))
        let kept = try #require(FileManager.default.contents(atPath: "\(path).1"))
        #expect(kept.count == size && kept.allSatisfy { $0 == 2 })
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["x.log", "x.log.1"])
        try ServiceLog.rotate("\(directory)/none.log")
    }
}
