// The loop that a shim lives on.
import CLinux
import Glibc
import Testing

@testable import Linux

@Suite struct EventLoopTests {
    private func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(clinux_unix_pair(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test func timersFireInOrderAndNotBeforeTheirTime() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        let start = loop.now
        loop.schedule(afterMilliseconds: 20) {
            fired.append(20)
            #expect(loop.now - start >= 20_000_000)
            loop.stop()
        }
        loop.schedule(afterMilliseconds: 5) { fired.append(5) }
        loop.schedule(afterMilliseconds: 0) { fired.append(0) }
        let cancelled = loop.schedule(afterMilliseconds: 10) { fired.append(10) }
        loop.cancel(cancelled)
        try loop.run()
        #expect(fired == [0, 5, 20])
    }

    @Test func aTimerMayCancelAnother() throws {
        let loop = try EventLoop()
        var second: EventLoop.Timer?
        loop.schedule(afterMilliseconds: 0) {
            if let second { loop.cancel(second) }
            loop.schedule(afterMilliseconds: 5) { loop.stop() }
        }
        second = loop.schedule(afterMilliseconds: 0) { Issue.record("was cancelled") }
        try loop.run()
    }

    @Test func cancelledTimersDoNotPileUp() {
        var timers = TimerQueue()
        _ = timers.insert(due: 5) {}
        for due in 0..<100_000 { timers.cancel(timers.insert(due: 10 + UInt64(due)) {}) }
        #expect(timers.storedCount < 100)
        #expect(timers.count == 1 && timers.nextDue == 5)
    }

    @Test func descriptorsTellWhatTheyAreReadyFor() throws {
        let loop = try EventLoop()
        let (left, right) = try pair()
        var seen: [EventLoop.Ready] = []
        try loop.add(left, .writable) { ready in
            seen.append(ready)
            loop.stop()
        }
        try loop.run()
        try loop.modify(left, .readable)
        try #require(write(right, "x", 1) == 1)
        try loop.run()
        close(right)
        var byte: UInt8 = 0
        #expect(read(left, &byte, 1) == 1)
        try loop.run()
        #expect(seen[0] == .writable)
        #expect(seen[1] == .readable)
        #expect(seen[2].contains(.hangUp))
        loop.remove(left)
        close(left)
    }

    @Test func aRemovedDescriptorIsNotCalledEvenInTheSameTurn() throws {
        let loop = try EventLoop()
        let (left, right) = try pair()
        var calls = 0
        for (own, other) in [(left, right), (right, left)] {
            try loop.add(own, .writable) { _ in
                calls += 1
                loop.remove(other)
                loop.stop()
            }
        }
        try loop.run()
        #expect(calls == 1)
        loop.remove(left)
        loop.remove(right)
        close(left)
        close(right)
    }

    @Test func aReusedNumberIsAnotherRegistration() throws {
        let loop = try EventLoop()
        let (left, right) = try pair()
        let (third, fourth) = try pair()
        var reused = 0
        // Whichever is called first puts another, never-ready socket in place of the other's number.
        for (own, other) in [(left, right), (right, left)] {
            try loop.add(own, .writable) { _ in
                loop.remove(other)
                #expect(dup2(third, other) == other)
                do {
                    try loop.add(other, .readable) { _ in reused += 1 }
                } catch {
                    Issue.record(error)
                }
                loop.stop()
            }
        }
        try loop.run()
        #expect(reused == 0)
        for descriptor in [left, right, third, fourth] {
            loop.remove(descriptor)
            close(descriptor)
        }
    }

    @Test func regularFilesAndUnknownDescriptorsAreErrors() throws {
        let loop = try EventLoop()
        let file = open("/proc/self/exe", O_RDONLY)
        defer { close(file) }
        let refused = #expect(throws: EventLoop.Failure.self) { try loop.add(file, .readable) { _ in } }
        #expect(refused?.code == EPERM)
        #expect(throws: EventLoop.Failure.self) { try loop.modify(12345, .readable) }
        loop.remove(12345)
    }
}
