// A name held for a container that is being made or renamed.
import GatewayState
import RPC
import Synchronization

/// Reserves a given name, or a random one.
final class NameReservation: Sendable {
    private static let attempts = 8
    private let store: ContainerStore
    private let id: String
    private let name = Mutex("")

    init(_ store: ContainerStore, id: String) {
        self.store = store
        self.id = id
    }

    /// - Parameter wanted: nil or empty for a random name.
    /// Errors: conflict; `invalidParameter` for what is no name.
    func reserve(_ wanted: String?) throws(RPCError) -> String {
        let reserved = try pick(wanted)
        name.withLock { $0 = reserved }
        return reserved
    }

    private func pick(_ wanted: String?) throws(RPCError) -> String {
        if let wanted, !wanted.isEmpty {
            let name = try ContainerName.parse(wanted)
            try store.reserve(name: name, for: id)
            return name
        }
        var generator = SystemRandomNumberGenerator()
        for attempt in 0..<Self.attempts {
            let name = RandomName.make(attempt: attempt, using: &generator)
            if (try? store.reserve(name: name, for: id)) != nil { return name }
        }
        let name = String(id.prefix(12))
        try store.reserve(name: name, for: id)
        return name
    }

    /// Gives the name up, if one was reserved.
    func release() {
        let name = name.withLock { $0 }
        if !name.isEmpty { store.release(name: name, of: id) }
    }
}
