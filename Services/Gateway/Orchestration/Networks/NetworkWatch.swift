// Makes events of what the network service tells.
import Logging

/// Follows the network service for as long as the engine runs, however often that one is restarted.
struct NetworkWatch: Sendable {
    /// Between attempts to reach it.
    private static let pause = Duration.milliseconds(500)

    let engine: ContainerEngine

    func run() async {
        while !Task.isCancelled {
            do {
                try await engine.network.watch { engine.tell($0) }
            } catch {
                engine.logger.debug("The watch of the network service broke", metadata: ["error": "\(error)"])
            }
            // Cancelled, it ends at once, and so does this.
            try? await Task.sleep(for: Self.pause)
        }
    }
}
