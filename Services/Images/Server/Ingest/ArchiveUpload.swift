// Brings an upload's pieces to the threads that work on them.

enum ArchiveUpload {
    /// Feeds `input` into a pipe while `body` reads it; the slower of the two holds the other back.
    /// Throws what `body` throws; an upload that breaks off is an error of `body`'s.
    static func run<S: AsyncSequence & Sendable, R: Sendable>(
        _ input: S, _ body: @escaping @Sendable (BoundedPipe) async throws -> R
    ) async throws -> R where S.Element == [UInt8] {
        let pipe = BoundedPipe()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await feed(input, pipe) }
            defer {
                pipe.abandon()
                group.cancelAll()
            }
            return try await body(pipe)
        }
    }

    private static func feed<S: AsyncSequence & Sendable>(_ input: S, _ pipe: BoundedPipe) async where S.Element == [UInt8] {
        do {
            for try await piece in input { try await pipe.send(piece) }
            pipe.finish()
        } catch {
            pipe.finish(.failure(error))
        }
    }
}
