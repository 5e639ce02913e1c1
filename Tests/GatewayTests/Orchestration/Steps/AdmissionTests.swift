// A few at a time, in order, and nobody kept out for good.
import Synchronization
import TestSupport
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(1)))
struct AdmissionTests {
    /// Counts those inside.
    private final class Room: Sendable {
        private let counts = Mutex((now: 0, most: 0, entered: [Int]()))

        func enter(_ number: Int) {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
                counts.entered.append(number)
            }
        }

        func leave() { counts.withLock { $0.now -= 1 } }
        var now: Int { counts.withLock { $0.now } }
        var most: Int { counts.withLock { $0.most } }
        var entered: [Int] { counts.withLock { $0.entered } }
    }

    @Test func noMoreThanTheLimitAreInside() async {
        let (admission, room) = (Admission(limit: 3, patience: .seconds(3600)), Room())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    await admission.enter {
                        room.enter(number)
                        await Task.yield()
                        room.leave()
                    }
                }
            }
        }
        #expect(room.most <= 3 && room.entered.count == 50 && room.now == 0)
    }

    @Test func thoseInLineComeInInOrder() async throws {
        let (admission, room, door) = (Admission(limit: 1, patience: .seconds(3600)), Room(), Promise<Bool>())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    try await admission.enter {
                        room.enter(number)
                        if number == 0 { _ = try await door.value() }
                        room.leave()
                    }
                }
                // Each is in line before the next one comes.
                try await eventually("\(number) in line") { admission.waiting + room.entered.count == number + 1 ? true : nil }
            }
            door.resolve(true)
            try await group.waitForAll()
        }
        #expect(room.entered == [0, 1, 2, 3])
    }

    @Test func whoIsInsideForEverKeepsNobodyOut() async throws {
        let (admission, door) = (Admission(limit: 1, patience: .milliseconds(20)), Promise<Bool>())
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { try await admission.enter { try await door.value() } }
            for _ in 0..<3 { group.addTask { await admission.enter { true } } }
            var entered = 0
            while entered < 3, let isIn = try await group.next() { entered += isIn ? 1 : 0 }
            #expect(entered == 3)
            door.resolve(true)
            try await group.waitForAll()
        }
        #expect(admission.waiting == 0)
    }

    @Test func anErrorMakesRoomToo() async {
        struct Fault: Error {}
        let admission = Admission(limit: 1, patience: .seconds(3600))
        func fail() async throws -> Bool { throw Fault() }
        await #expect(throws: Fault.self) { try await admission.enter { try await fail() } }
        await admission.enter {}
        #expect(admission.waiting == 0)
    }
}
