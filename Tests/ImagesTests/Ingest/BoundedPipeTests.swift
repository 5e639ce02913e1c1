// The pipe between two stages: in order, bounded, and ended from either side.
@testable import ImagesServer
import Testing

struct BoundedPipeTests {
    struct Failure: Error, Equatable {}

    static let pieces: [[UInt8]] = (0..<500).map { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }

    @Test(arguments: [1, 3, 1000])
    func carriesEverythingInOrder(_ capacity: Int) async throws {
        let pipe = BoundedPipe(capacity: capacity)
        async let received = BlockingWork.run { try pipe.all() }
        for piece in Self.pieces { try await pipe.send(piece) }
        pipe.finish()
        #expect(try await received == Array(Self.pieces.joined()))
    }

    @Test func carriesFromAThreadToo() async throws {
        let pipe = BoundedPipe(capacity: 2)
        async let received = BlockingWork.run { try pipe.all() }
        try await BlockingWork.run {
            for piece in Self.pieces { try pipe.put(piece) }
            pipe.finish()
        }
        #expect(try await received == Array(Self.pieces.joined()))
    }

    @Test func holdsTheProducerBack() async throws {
        let pipe = BoundedPipe(capacity: 2)
        let sent = Collected<[UInt8]>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for piece in Self.pieces {
                    try await pipe.send(piece)
                    sent.add(piece)
                }
                pipe.finish()
            }
            for taken in 1...Self.pieces.count {
                _ = try await BlockingWork.run { try pipe.next() }
                #expect(sent.all.count <= taken + 2)
            }
            try await group.waitForAll()
        }
    }

    @Test func tellsTheConsumerWhyItEnded() async throws {
        let pipe = BoundedPipe()
        try pipe.put([1])
        pipe.finish(.failure(Failure()))
        pipe.finish()
        #expect(try pipe.next() == [1])
        #expect(throws: Failure()) { try pipe.next() }
    }

    @Test func tellsAWaitingProducerThatNobodyReads() async throws {
        let pipe = BoundedPipe(capacity: 1)
        try pipe.put([1])
        let sending = Task { try await pipe.send([2]) }
        pipe.abandon()
        await #expect(throws: BoundedPipe.Abandoned.self) { try await sending.value }
        #expect(throws: BoundedPipe.Abandoned.self) { try pipe.put([3]) }
    }
}
