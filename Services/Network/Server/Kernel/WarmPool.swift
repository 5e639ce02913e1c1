// Namespaces in stock, so that a start doesn't wait for one.
import Contracts
import Logging

/// Keeps a number of prepared namespaces; takes one out at once, and fills up when asked to.
actor WarmPool {
    private let foundry: NamespaceFoundry
    private let thread: KernelThread
    private let size: Int
    private let logger: Logger
    private var ready: [PreparedNamespace] = []
    private var bridge: BridgeAttachment?
    private var isFilling = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Shares `thread` with its user, so that taking a namespace switches no threads.
    init(foundry: NamespaceFoundry, thread: KernelThread, size: Int, logger: Logger) {
        self.foundry = foundry
        self.thread = thread
        self.size = size
        self.logger = logger
    }

    /// Names the bridge that interfaces are attached to from now on.
    func open(_ bridge: BridgeAttachment) {
        self.bridge = bridge
    }

    /// One from stock, or else a new one. Those in stock have an interface on the bridge that was named, new ones have it where it is
    /// needed; none for nil. Those in stock belong to the host's user namespace.
    func take(attachedTo wanted: BridgeAttachment?, owner: IDMap? = nil) async throws -> PreparedNamespace {
        guard let wanted, owner == nil else { return try await foundry.make(attachedTo: wanted, owner: owner) }
        if let namespace = ready.popLast() { return namespace }
        return try await foundry.make(attachedTo: wanted)
    }

    /// Fills up in the background; does nothing when that is under way.
    func refill() {
        guard bridge != nil, ready.count < size, !isFilling else { return }
        isFilling = true
        Task { await fill() }
    }

    /// Gives up all in stock, to be dismantled by the caller, and makes no more.
    func drain() -> [PreparedNamespace] {
        bridge = nil
        defer { ready = [] }
        return ready
    }

    private func fill() async {
        defer { isFilling = false }
        while let bridge, ready.count < size {
            do {
                let namespace = try await foundry.make(attachedTo: bridge)
                ready.append(namespace)
            } catch {
                logger.warning("can't prepare a network namespace", metadata: ["error": "\(error)"])
                return
            }
        }
    }
}
