// Who is about to use a volume, and which volumes are about to go: what the records don't say yet.
import RPC
import Synchronization

/// Keeps the creation of a container and the removal of a volume apart.
final class VolumeLedger: Sendable {
    private struct State {
        /// Names of volumes that a container under creation refers to, by its ID.
        var reserved: [String: Set<String>] = [:]
        var removing: Set<String> = []
    }

    private let state = Mutex(State())

    /// Errors: conflict for a volume that is being removed.
    func reserve(_ names: Set<String>, for container: String) throws(RPCError) {
        let going = state.withLock { state -> String? in
            if let going = names.sorted().first(where: state.removing.contains) { return going }
            state.reserved[container, default: []].formUnion(names)
            return nil
        }
        if let going { throw RPCError(.conflict, "volume \(going) is being removed; try again") }
    }

    func release(_ container: String) {
        state.withLock { $0.reserved[container] = nil }
    }

    /// Runs `body`, which removes a volume, unless the volume is in use.
    /// - Parameter users: containers on record that refer to it; asked while no new ones can come.
    /// Errors: conflict in Docker's words.
    nonisolated(nonsending) func removing(
        _ name: String, users: @Sendable () -> [String], _ body: () async throws -> Void
    ) async throws {
        let others = state.withLock { state -> [String] in
            let others = users() + state.reserved.filter { $0.value.contains(name) }.map(\.key)
            if others.isEmpty, !state.removing.insert(name).inserted { return ["another removal"] }
            return others
        }
        guard others.isEmpty else {
            throw RPCError(.conflict, "remove \(name): volume is in use - [\(Set(others).sorted().joined(separator: ", "))]")
        }
        defer { state.withLock { _ = $0.removing.remove(name) } }
        try await body()
    }
}
