// Knows what the images are called, without asking each time.
import GatewayState
import Logging

/// Follows the image service for as long as the engine runs, however often that one is restarted.
struct ImageWatch: Sendable {
    /// Between attempts to reach it.
    private static let pause = Duration.milliseconds(500)

    let engine: ContainerEngine

    func run() async {
        while !Task.isCancelled {
            do {
                engine.imageNames.begin()
                try await engine.images.watch { engine.imageNames.take($0) }
            } catch {
                engine.logger.debug("The watch of the image service broke", metadata: ["error": "\(error)"])
            }
            // Cancelled, it ends at once, and so does this.
            try? await Task.sleep(for: Self.pause)
        }
    }
}
