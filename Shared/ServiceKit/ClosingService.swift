// What a service still does when it has been told to stop.
import ServiceLifecycle

/// Waits for the end of the service and then calls `close`. Comes before those that must have stopped by then.
public struct ClosingService: Service {
    private let close: @Sendable () async -> Void

    public init(_ close: @escaping @Sendable () async -> Void) {
        self.close = close
    }

    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }
}
