// The level of the logs, told to the shims that there are.
import Logging
import RPC
import ServiceKit

extension ContainerEngine {
    /// How long a shim may take to hear it.
    private static let patience = Duration.seconds(10)

    /// Shims note their calls where services would.
    static var notesCalls: Bool { LogLevel.current <= .debug }

    /// Tells every shim. Nobody waits for one that doesn't listen.
    func tellLogLevel() {
        for (id, shim) in live.shims { tellLogLevel(to: shim, of: id) }
    }

    func tellLogLevel(to shim: any ShimConnection, of id: String) {
        let notes = Self.notesCalls
        tasks.start { [logger] in
            do {
                try await shim.noteCalls(notes, .fresh(timeout: Self.patience))
            } catch {
                logger.info("A shim has not taken the level of the logs over", metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
    }
}
