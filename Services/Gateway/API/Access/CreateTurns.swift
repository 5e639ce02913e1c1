// Creates at a scoped socket with a ceiling, one after the other: each counts what those before it have made.
import Synchronization

final class CreateTurns: Sendable {
    private let last = Mutex<Task<Void, Never>?>(nil)

    /// Runs `body` once everybody who came before is done; to its end, whoever leaves meanwhile.
    func take<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        let turn = last.withLock { last in
            let previous = last
            let turn = Task {
                await previous?.value
                return try await body()
            }
            last = Task { _ = await turn.result }
            return turn
        }
        return try await turn.value
    }
}
