// One gateway a set of records.
import Foundation
import Glibc
import RPC
import Testing

@testable import GatewayOrchestration

@Suite struct StateLockTests {
    @Test func anotherIsRefusedUntilTheFirstIsGone() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "berth-state-\(UUID().uuidString.prefix(8))").path
        defer { unlink(path) }
        let first = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o644)
        try #require(flock(first, LOCK_EX | LOCK_NB) == 0)
        let refusal = #expect(throws: RPCError.self) { try StateLock.acquire(path: path, patience: .milliseconds(30)) }
        #expect(refusal?.code == .conflict)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) { close(first) }
        _ = try StateLock.acquire(path: path)
    }
}
