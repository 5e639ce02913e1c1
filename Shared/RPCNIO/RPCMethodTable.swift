// The methods that a service serves, with their handlers.
import Logging
import RPC

/// Binds methods to handlers. A handler runs in a task of its own, which is cancelled when the caller cancels, its time limit passes,
/// its connection is lost, or the server stops.
///
/// An `RPCError` that a handler throws reaches the caller as it is, a `CancellationError` as `cancelled`; anything else is logged and
/// reaches the caller as `internal`.
public struct RPCMethodTable: Sendable {
    struct Entry: Sendable {
        let access: RPCAccess
        let isStream: Bool
        let run: @Sendable (RPCPayload, RPCContext, StreamEnds) async throws -> RPCOutboundFrame
    }

    private(set) var entries: [String: Entry] = [:]

    public init() {}

    public mutating func add<M: RPCMethod>(
        _ method: M.Type, _ handler: @escaping @Sendable (M.Request, RPCContext) async throws -> M.Response
    ) {
        entries[M.name] = Entry(access: M.access, isStream: false) { params, context, _ in
            try .response(await handler(params.decode(M.Request.self), context))
        }
    }

    /// The same methods; each is run only if `check`, which gets its name, doesn't throw.
    public func guarded(by check: @escaping @Sendable (String, RPCContext) throws -> Void) -> RPCMethodTable {
        var table = self
        for (name, entry) in entries {
            table.entries[name] = Entry(access: entry.access, isStream: entry.isStream) { params, context, ends in
                try check(name, context)
                return try await entry.run(params, context, ends)
            }
        }
        return table
    }

    public mutating func addStream<M: RPCStreamMethod>(
        _ method: M.Type, _ handler: @escaping @Sendable (M.Request, RPCContext, RPCServerStream<M>) async throws -> M.Response
    ) {
        entries[M.name] = Entry(access: M.access, isStream: true) { params, context, ends in
            try .response(await handler(params.decode(M.Request.self), context, RPCServerStream(ends: ends)))
        }
    }
}

extension RPCMethodTable.Entry {
    /// Runs the handler and makes a frame of whatever comes of it.
    func answer(_ request: RPCIncomingRequest, _ context: RPCContext, _ ends: StreamEnds, logger: Logger) async -> RPCOutboundFrame {
        let start = ContinuousClock.now
        func note(_ outcome: String) {
            logger.debug(
                "call",
                metadata: [
                    "trace": "\(context.traceID)", "method": "\(request.method)", "outcome": "\(outcome)",
                    "milliseconds": "\(Double(start.duration(to: .now).clampedNanoseconds / 1000) / 1000)",
                ])
        }
        do {
            let frame = try await run(request.params, context, ends).checked(limit: ends.frameLimit)
            note("done")
            return frame
        } catch let error as RPCError {
            note("\(error.code)")
            return .error(error)
        } catch is CancellationError {
            note("\(RPCError.Code.cancelled)")
            return .error(RPCError(.cancelled, "The request was cancelled."))
        } catch {
            logger.error(
                "a method failed unexpectedly",
                metadata: ["method": "\(request.method)", "trace": "\(context.traceID)", "error": "\(error)"])
            return .error(RPCError(.internalError, "\(error)"))
        }
    }
}
