// Takes namespaces apart in groups, after their containers are gone.
import Logging

/// A namespace that nobody needs any more.
struct NamespaceRemoval: Sendable {
    /// Name of the file that it is bound to.
    let pin: String
    /// The host's ends of its interfaces.
    let interfaces: [String]
}

/// Collects removals for a moment and then lets them go together: the kernel waits for all its processors once for each
/// removal of interfaces, however many are removed, and nobody else can change a network meanwhile.
actor NamespaceRemovals {
    /// Long enough to gather what several clients remove at a time, and short enough that nobody sees what is left.
    private static let delay = Duration.milliseconds(50)

    private let factory: NamespaceFactory
    private let thread: KernelThread
    private let logger: Logger
    private var waiting: [NamespaceRemoval] = []
    private var work: Task<Void, Never>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Shares `thread` with its user, so that adding one switches no threads; `factory` does the work.
    init(factory: NamespaceFactory, thread: KernelThread, logger: Logger) {
        self.factory = factory
        self.thread = thread
        self.logger = logger
    }

    /// Returns at once.
    func add(_ removal: NamespaceRemoval) {
        waiting.append(removal)
        guard work == nil else { return }
        work = Task {
            try? await Task.sleep(for: Self.delay)
            await leave()
        }
    }

    /// Returns when all that were added before are gone.
    func settle() async {
        while let work {
            work.cancel()
            await work.value
        }
    }

    private func leave() async {
        while !waiting.isEmpty {
            let group = waiting
            waiting = []
            await dismantle(group)
        }
        work = nil
    }

    /// What can't be removed now is removed at the service's next start.
    private func dismantle(_ group: [NamespaceRemoval]) async {
        do {
            try await factory.dismantle(group)
        } catch {
            logger.error(
                "can't take network namespaces apart",
                metadata: [
                    "namespaces": "\(group.map(\.pin).joined(separator: " "))", "error": "\(error)",
                ])
        }
    }
}
