// Keeps two network services from looking after the same engine.
import Contracts
import Glibc

/// Held by a process as long as it lives: each would take the other's namespaces for leftovers.
public final class InstanceLock: Sendable {
    /// The engine's network service runs already.
    public struct Taken: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let file: Descriptor

    /// Throws `Taken`, and `KernelError`.
    public init(layout: EngineLayout) throws {
        try Directories.make(layout.networkState, mode: 0o711)
        let path = "\(layout.networkState)/lock"
        let raw = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard raw >= 0 else { throw KernelError(operation: "open \(path)", code: errno) }
        file = Descriptor(raw)
        guard flock(raw, LOCK_EX | LOCK_NB) == 0 else {
            throw Taken(description: "another berth-network runs on \(layout.root); stop it first, or give this one another --root")
        }
    }
}
