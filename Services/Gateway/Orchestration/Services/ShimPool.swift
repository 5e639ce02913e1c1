// Shims that wait for a container, so that a start never waits for a process.
import Contracts
import Logging
import RPC
import RPCNIO

/// Connects to shims; keeps a few fresh ones warm.
actor ShimPool: ShimConnector {
    /// Warm shims kept. Each is one small process.
    static let standardSize = 3
    /// Pauses between attempts while none can be had.
    private static let (firstPause, longestPause) = (Duration.milliseconds(20), Duration.seconds(1))

    private let layout: EngineLayout
    private let size: Int
    private let tasks: BackgroundTasks
    private let logger: Logger
    private var idle: [RPCConnection] = []
    private var isRefilling = false
    private var isClosed = false

    init(layout: EngineLayout, size: Int = standardSize, tasks: BackgroundTasks, logger: Logger) {
        self.layout = layout
        self.size = size
        self.tasks = tasks
        self.logger = logger
    }

    /// How many wait.
    var count: Int { idle.count }

    /// A warm shim if there is one, else a new one. The pool is refilled behind the caller's back.
    func fresh() async throws -> any ShimConnection {
        defer { refillLater() }
        if let connection = idle.popLast() { return RemoteShim(connection: connection) }
        return RemoteShim(connection: try await spawn())
    }

    nonisolated func reach(_ containerID: String) async throws -> any ShimConnection {
        RemoteShim(
            connection: try await RPCConnection.connect(
                path: layout.shimSocket(of: containerID), expecting: ServiceName.shim.rawValue,
                limits: RPCLimits(handshake: ForcedEnd.patience), logger: logger))
    }

    /// Fills the pool now, in the background.
    func warm() {
        refillLater()
    }

    func close() async {
        isClosed = true
        let connections = idle
        idle = []
        for connection in connections { await connection.close() }
    }

    private func spawn() async throws -> RPCConnection {
        try await ServiceFailure.named(.shim) {
            try await RPCConnection.connect(path: layout.shimSocket, expecting: ServiceName.shim.rawValue, logger: logger)
        }
    }

    private func refillLater() {
        guard !isClosed, !isRefilling, idle.count < size else { return }
        isRefilling = true
        tasks.start { await self.refill() }
    }

    /// Until the pool is full: whoever makes shims may come up after the gateway, and be started again while it runs.
    private func refill() async {
        defer { isRefilling = false }
        var pause = Self.firstPause
        while idle.count < size, !isClosed, !Task.isCancelled {
            do {
                try await keepOneMore()
            } catch {
                logger.debug("No shim could be kept warm", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private func keepOneMore() async throws {
        let connection = try await spawn()
        guard !isClosed else { return await connection.close() }
        keep(connection)
    }

    /// One whose shim ends while it waits is dropped, so that nobody is handed a dead one.
    private func keep(_ connection: RPCConnection) {
        idle.append(connection)
        tasks.start { [weak self] in
            await connection.waitUntilClosed()
            await self?.drop(connection)
        }
    }

    private func drop(_ connection: RPCConnection) {
        idle.removeAll { $0 === connection }
    }
}
