// An RPC server as a part of a service's life.
import RPCNIO
import ServiceLifecycle

/// Serves until the service is told to stop, and counts that as an ordinary end.
public struct RPCService: Service {
    private let server: RPCServer

    public init(_ server: RPCServer) {
        self.server = server
    }

    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await server.run() }
        } catch is CancellationError {
            return
        }
    }
}
