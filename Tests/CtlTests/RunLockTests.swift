// One supervisor a run directory and a root, whoever asks meanwhile who it is.
import ArgumentParser
import Contracts
import Foundation
import Glibc
import Testing

@testable import berthctl

@Suite struct RunLockTests {
    /// With a thread of its own, however busy the others' are.
    private let later = DispatchQueue(label: "later")

    private func withLayout(_ body: (EngineLayout) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "berth-lock-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(EngineLayout(root: "\(directory)/root", run: "\(directory)/run"))
    }

    @Test func aRootIsForOneEngineWhateverItsRunDirectory() throws {
        try withLayout { layout in
            let lock = try RunLock.acquireRoot(layout: layout)
            let other = EngineLayout(root: layout.root, run: "\(layout.run)-other")
            let refusal = #expect(throws: ValidationError.self) { try RunLock.acquireRoot(layout: other) }
            let words = refusal?.message ?? ""
            #expect(words.contains("process \(getpid())") && words.contains("berthctl down --run \(layout.run)"), "\(words)")
            lock.release()
            try RunLock.acquireRoot(layout: other).release()
        }
    }

    @Test func theHolderIsKnownUntilItReleases() throws {
        try withLayout { layout in
            #expect(RunLock.holder(layout: layout) == nil)
            let lock = try RunLock.acquire(layout: layout)
            #expect(RunLock.holder(layout: layout) == getpid())
            #expect(throws: ValidationError.self) { try RunLock.acquire(layout: layout) }
            lock.release()
            #expect(RunLock.holder(layout: layout) == nil)
        }
    }

    @Test func whoAsksForTheHolderKeepsNobodyFromBecomingIt() throws {
        try withLayout { layout in
            try RunLock.acquire(layout: layout).release()
            let asking = open(layout.supervisorLock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            try #require(flock(asking, LOCK_SH | LOCK_NB) == 0)
            later.asyncAfter(deadline: .now() + .milliseconds(100)) { close(asking) }
            try RunLock.acquire(layout: layout).release()
        }
    }

    /// The file of a holder that ended is locked by one that opened it before; the next one makes another file.
    @Test func theLockOfAFileThatIsGoneIsNone() throws {
        try withLayout { layout in
            let lock = try RunLock.acquire(layout: layout)
            later.asyncAfter(deadline: .now() + .milliseconds(100)) { lock.release() }
            let next = try RunLock.acquire(layout: layout)
            #expect(RunLock.holder(layout: layout) == getpid())
            next.release()
            let old = open(layout.supervisorLock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            defer { close(old) }
            #expect(RunLock.isFile(old, at: layout.supervisorLock))
            unlink(layout.supervisorLock)
            #expect(!RunLock.isFile(old, at: layout.supervisorLock))
            close(open(layout.supervisorLock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644))
            #expect(!RunLock.isFile(old, at: layout.supervisorLock))
        }
    }
}
