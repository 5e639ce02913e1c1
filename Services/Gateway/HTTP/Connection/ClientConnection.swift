// What a route may do with its client's connection besides answering.
import NIOCore

/// The connection a request came on.
struct ClientConnection: Sendable {
    let channel: any Channel

    /// Prepares the connection to be taken over and returns the client's bytes from then on.
    func hijackedBytes() async throws -> HijackedBytes {
        try await onEventLoop { $0.arm(on: channel.eventLoop) }
    }

    /// The client's connection without the server; nil where only the server can read it, as under TLS.
    func surrender() async throws -> SurrenderedConnection? {
        try await channel.eventLoop.flatSubmit {
            do {
                return try channel.pipeline.syncOperations.handler(type: HijackHandler.self).surrender()
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }

    /// Runs `body` and cancels it when the client leaves or the server shuts down.
    func whileClientStays<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await withoutActuallyEscaping(body) { body in
            // SAFETY: the task is awaited before this call returns, and nothing else runs `body` meanwhile.
            nonisolated(unsafe) let operation = body
            let task = Task { try await operation() }
            await watchDeparture { task.cancel() }
            let result = await withTaskCancellationHandler {
                await task.result
            } onCancel: {
                task.cancel()
            }
            await watchDeparture(nil)
            return try result.get()
        }
    }

    /// A connection without its handler has been closed: whoever watches it learns that at once.
    private func watchDeparture(_ action: (@Sendable () -> Void)?) async {
        do { try await onEventLoop { $0.watchDeparture(action) } } catch { action?() }
    }

    private func onEventLoop<Value: Sendable>(_ body: @escaping @Sendable (HijackHandler) throws -> Value) async throws -> Value {
        try await channel.eventLoop.submit {
            try body(channel.pipeline.syncOperations.handler(type: HijackHandler.self))
        }.get()
    }
}
