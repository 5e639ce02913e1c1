// How many downloads there are at once, and that the number may change meanwhile.
@testable import ImagesServer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2)))
struct DownloadSlotTests {
    private final class Count: Sendable {
        let value = Mutex(0)
        var now: Int { value.withLock { $0 } }
        func add() { value.withLock { $0 += 1 } }
    }

    @Test func moreSlotsLetThoseThatWaitIn() async throws {
        let slots = DownloadSlots(width: 1)
        let inside = Count()
        let tasks = (0..<3).map { _ in
            Task {
                try await slots.enter()
                inside.add()
            }
        }
        while inside.now < 1 { await Task.yield() }
        await slots.resize(to: 3)
        for task in tasks { try await task.value }
        #expect(inside.now == 3)
    }

    @Test func fewerSlotsAreFewerOnceTheyAreGivenBack() async throws {
        let slots = DownloadSlots(width: 2)
        try await slots.enter()
        try await slots.enter()
        await slots.resize(to: 1)
        await slots.leave()
        let inside = Count()
        let task = Task {
            try await slots.enter()
            inside.add()
        }
        for _ in 0..<200 { await Task.yield() }
        #expect(inside.now == 0, "the one slot is taken")
        await slots.leave()
        try await task.value
        #expect(inside.now == 1)
    }
}
