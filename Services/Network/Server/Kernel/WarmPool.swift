// Namespaces in stock, so that a start doesn't wait for one.
import Contracts
import Logging

/// Keeps a number of prepared namespaces; takes one out at once, and fills up when asked to.
actor WarmPool {
    private static let mostUnmapped = 2

    private let factory: NamespaceFactory
    private let thread: KernelThread
    private let size: Int
    private let logger: Logger
    private var ready: [PreparedNamespace] = []
    /// Of user namespaces that are still to be mapped: none before the first was asked for.
    private var unmapped: [PreparedNamespace] = []
    private var unmappedSize = 0
    private var bridge: BridgeAttachment?
    private var isFilling = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Shares `thread` with its user, so that taking a namespace switches no threads.
    init(factory: NamespaceFactory, thread: KernelThread, size: Int, logger: Logger) {
        self.factory = factory
        self.thread = thread
        self.size = size
        self.logger = logger
    }

    /// Names the bridge that interfaces are attached to from now on.
    func open(_ bridge: BridgeAttachment) {
        self.bridge = bridge
    }

    /// One from stock, or else a new one. Those in stock have an interface on the bridge that was named, new ones have it where it is
    /// needed; none for nil. With an owner it belongs to a user namespace of its own.
    func take(attachedTo wanted: BridgeAttachment?, owner: IDMap? = nil) async throws -> PreparedNamespace {
        if let owner { return try await take(attachedTo: wanted, mappedTo: owner) }
        guard let wanted else { return try await factory.make(attachedTo: nil) }
        if let namespace = ready.popLast() { return namespace }
        return try await factory.make(attachedTo: wanted)
    }

    private func take(attachedTo wanted: BridgeAttachment?, mappedTo owner: IDMap) async throws -> PreparedNamespace {
        unmappedSize = min(size, Self.mostUnmapped)
        var namespace: PreparedNamespace
        if wanted != nil, let stocked = unmapped.popLast() {
            namespace = stocked
        } else {
            namespace = try await factory.makeUnmapped(attachedTo: wanted)
        }
        do {
            try namespace.users?.map(to: owner)
        } catch {
            try? await factory.dismantle(pin: namespace.name, interfaces: [namespace.interface?.hostName].compactMap { $0 })
            throw error
        }
        namespace.users = nil
        return namespace
    }

    /// Fills up in the background; does nothing when that is under way.
    func refill() {
        guard bridge != nil, isShort, !isFilling else { return }
        isFilling = true
        Task { await fill() }
    }

    /// Gives up all in stock, to be dismantled by the caller, and makes no more.
    func drain() -> [PreparedNamespace] {
        bridge = nil
        defer { (ready, unmapped) = ([], []) }
        return ready + unmapped
    }

    /// There is room for more in stock.
    var isShort: Bool { ready.count < size || unmapped.count < unmappedSize }

    private func fill() async {
        defer { isFilling = false }
        while let bridge, isShort {
            do {
                if ready.count < size {
                    ready.append(try await factory.make(attachedTo: bridge))
                } else {
                    unmapped.append(try await factory.makeUnmapped(attachedTo: bridge))
                }
            } catch {
                logger.warning("can't prepare a network namespace", metadata: ["error": "\(error)"])
                return
            }
        }
    }
}
