// A client that outlives its connections.
import Logging
import RPC

/// Calls a service over a connection that is made when it is needed and made again when it was lost.
///
/// A request that was never sent goes over the next connection; one that was sent before the connection was lost fails with
/// `unavailable`, because it may have been carried out. While the service can't be reached, a call waits, up to its time limit or
/// `patience`, whichever is shorter, and then fails with `unavailable`.
public final class RPCClient: Sendable {
    private let connector: Connector
    private let patience: Duration

    /// Connects nowhere yet. The socket must be served by `service`.
    public init(socketPath: String, service: String, limits: RPCLimits = .standard, patience: Duration = .seconds(5), logger: Logger) {
        self.patience = patience
        connector = Connector(service: service) {
            try await RPCConnection.connect(path: socketPath, expecting: service, limits: limits, logger: logger)
        }
    }

    deinit { connector.close() }

    /// Calls a method; as `RPCConnection.call`.
    public func call<M: RPCMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh(), descriptors: [Int32] = []
    ) async throws -> M.Response {
        let time = CallTime(context, patience: patience)
        while true {
            let connection = try await connector.connection(until: time.connectBy)
            switch try await connection.attempt(method, request, time.remaining(of: context), descriptors) {
            case .response(let payload): return try payload.decode(M.Response.self)
            case .failure(let error): throw error
            case .unsent(let error): try giveUp(connection, after: time, error)
            }
        }
    }

    /// Opens a call with items; as `RPCConnection.stream`.
    public func stream<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh()
    ) async throws -> RPCClientStream<M> {
        let time = CallTime(context, patience: patience)
        while true {
            let connection = try await connector.connection(until: time.connectBy)
            switch try await connection.attemptStream(method, request, time.remaining(of: context)) {
            case .opened(let stream): return stream
            case .failed(let error): throw error
            case .unsent(let error): try giveUp(connection, after: time, error)
            }
        }
    }

    /// Closes the connection, if there is one. Calls fail with `unavailable` from now on.
    public func close() async {
        connector.close()
        await connector.waitUntilClosed()
    }

    private func giveUp(_ connection: RPCConnection, after time: CallTime, _ error: RPCError) throws {
        connector.forget(connection)
        if ContinuousClock.now >= time.connectBy { throw error }
    }
}

/// The time limit of a call that may take several attempts.
private struct CallTime {
    private let start = ContinuousClock.now
    private let limit: UInt64?
    /// When to stop trying to reach the service.
    let connectBy: ContinuousClock.Instant

    init(_ context: RPCContext, patience: Duration) {
        limit = context.timeoutNanoseconds
        connectBy = start + min(patience, limit.map { .nanoseconds(Int64(clamping: $0)) } ?? patience)
    }

    /// The context with what is left of its time limit.
    func remaining(of context: RPCContext) -> RPCContext {
        guard let limit else { return context }
        var context = context
        let used = (ContinuousClock.now - start).clampedNanoseconds
        context.timeoutNanoseconds = limit > used ? limit - used : 0
        return context
    }
}
