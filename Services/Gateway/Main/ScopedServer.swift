// The API at a socket with a policy. The engine doesn't depend on it.
import GatewayAPI
import Logging
import ServiceLifecycle

struct ScopedServer: Service {
    let server: EngineServer
    let path: String
    let logger: Logger

    /// Where the socket can't be served, that is told, and there is none.
    func run() async throws {
        do {
            try await server.run()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            logger.error("a socket with a policy isn't served", metadata: ["path": "\(path)", "error": "\(error)"])
            try await gracefulShutdown()
        }
    }
}
