// Work that blocks gets a thread, however much of it there is.
import Dispatch
import Glibc
@testable import ImagesServer
import Synchronization
import Testing

@Suite struct BlockingWorkTests {
    @Test func workThatWaitsForOtherWorkDoesNotKeepItFromRunning() async throws {
        let count = 100
        let semaphore = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await BlockingWork.run {
                        semaphore.wait()
                        return number
                    }
                }
            }
            group.addTask {
                try await BlockingWork.run {
                    for _ in 0..<count { semaphore.signal() }
                    return -1
                }
            }
            var seen: Set<Int> = []
            for try await number in group { seen.insert(number) }
            #expect(seen.count == count + 1)
        }
    }

    @Test func threadsAreUsedAgain() async throws {
        let threads = WorkThreads()
        let seen = Mutex<Set<UInt64>>([])
        for _ in 0..<50 {
            await withCheckedContinuation { continuation in
                threads.run {
                    let thread = UInt64(pthread_self())
                    seen.withLock { _ = $0.insert(thread) }
                    continuation.resume()
                }
            }
        }
        #expect(seen.withLock(\.count) < 10)
    }
}
